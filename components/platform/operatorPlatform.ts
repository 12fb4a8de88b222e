import type { OperatorPlatformConfig } from "../../config";
import { knativeIngress, orchestratorKind, orchestratorPackage, postgresDatabase } from "../../config/names";
import { orchestratorSpec } from "../orchestrator/spec";
import { Operator } from "../operators/operator";
import { Orchestrator } from "../orchestrator/orchestrator";
import { deliveryOf, InstalledPlatform, type Foundation, type Own } from "./installedPlatform";
import { awaitedObjects, leftVolumes, objectsOfOperator } from "./leftovers";

/** Up to 1.4: an operator makes the platform from a custom resource. */
export class OperatorPlatform extends InstalledPlatform {
  readonly services: readonly Orchestrator[];
  readonly move = undefined;
  protected readonly own: Own;

  constructor(foundation: Foundation, settings: OperatorPlatformConfig) {
    super(foundation, settings);
    const { cluster, namespaces, database, credentials } = foundation;
    const { dependencies, installs, orchestrator, profile, subscription } = settings;
    const resource = { namespace: orchestrator.namespace, name: orchestrator.name };

    // The operator, which subscribes to those of Developer Hub, Serverless and Serverless Logic.
    const operator = new Operator(
      "orchestrator-operator",
      {
        cluster,
        ...subscription,
        settings: "operator",
        package: orchestratorPackage,
        dependencies: dependencies.map(({ package: name, namespace }) => ({ package: name, namespace })),
        createdNamespaces: installs.serverless ? [knativeIngress] : [],
        adopt: cluster.adopt ? { resource } : undefined,
        uninstall: {
          ...orchestratorKind(profile.api),
          deleteMinutes: orchestrator.deleteTimeoutMinutes,
          leftovers: leftVolumes(settings),
        },
      },
      { dependsOn: cluster },
    );

    // The Orchestrator itself. Names flow through its spec, readiness does not: the operator looks for all of this at once, and
    // on the way down it needs its own namespace and the Secret. Argo CD and Tekton are the exception: what is made of their
    // kinds is left out, without a word, while these are not served.
    const custom = new Orchestrator(
      "orchestrator",
      {
        cluster,
        ...resource,
        packages: operator.packages,
        profile,
        rhdh: { name: settings.rhdh.name, namespace: settings.namespaces.rhdh.name },
        dependencies,
        awaitedObjects: awaitedObjects(settings),
        secretName: settings.credentials.name,
        closedNamespace: installs.serverlessLogic ? settings.namespaces.sonataflow.name : undefined,
        spec: orchestratorSpec(orchestrator, {
          serviceName: database.connection.serviceName,
          serviceNamespace: database.connection.serviceNamespace,
          authSecret: database.connection.authSecret,
          database: postgresDatabase,
        }),
        timeoutMinutes: orchestrator.timeoutMinutes,
        deleteTimeoutMinutes: orchestrator.deleteTimeoutMinutes,
      },
      { dependsOn: [...namespaces.all, database, credentials, operator, ...deliveryOf(foundation)] },
    );

    this.services = [custom];
    this.own = {
      resources: [operator, custom],
      packages: [operator.packages],
      resource,
      objects: objectsOfOperator(settings),
      outputs: {
        /** The version of the operator that runs. */
        operatorVersion: operator.csv,
        /** What the custom resource said when it was last changed. */
        readiness: custom.condition,
        /** Where Developer Hub is, or will shortly be, served. */
        rhdhUrl: custom.rhdhUrl,
      },
      where: {
        orchestrator: `${resource.namespace}/${resource.name}`,
        subscription: `${subscription.namespace}/${orchestratorPackage}`,
      },
      kept: [],
    };
  }
}
