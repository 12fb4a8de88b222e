import * as pulumi from "@pulumi/pulumi";
import type { DeveloperHubPlatformConfig } from "../../config";
import { backstageKind, sonataFlowKind } from "../../config/names";
import { DeveloperHub } from "../developerHub/developerHub";
import { Serverless } from "../operators/serverless";
import { SharedOperator } from "../operators/sharedOperator";
import { SonataFlow } from "../sonataFlow/sonataFlow";
import { deliveryOf, InstalledPlatform, type Foundation, type Own } from "./installedPlatform";
import { leftVolumes } from "./leftovers";
import type { Platform } from "./platform";

/** From 1.7 on: this program makes the platform, part by part. */
export class DeveloperHubPlatform extends InstalledPlatform {
  readonly services: readonly pulumi.Resource[];
  readonly move: Platform["move"];
  protected readonly own: Own;

  constructor(foundation: Foundation, settings: DeveloperHubPlatformConfig) {
    super(foundation, settings);
    const { cluster, namespaces, database, credentials } = foundation;
    const { operators, profile, timeoutMinutes } = settings;
    const common = { cluster, timeoutMinutes };

    // Serverless with Knative, and Serverless Logic after it, since that looks once, when it starts, what there is of Knative.
    const serverless = new Serverless(
      "serverless",
      { ...common, choice: operators.serverless },
      { dependsOn: cluster },
    );
    const logic = new SharedOperator(
      "serverless-logic",
      {
        ...common,
        choice: operators.serverlessLogic,
        isMovedEmpty: true,
        uninstall: { ...sonataFlowKind, deleteMinutes: 10 },
      },
      { dependsOn: serverless },
    );

    const rhdhOperator =
      operators.rhdh &&
      new SharedOperator(
        "rhdh-operator",
        {
          ...common,
          choice: operators.rhdh,
          uninstall: {
            ...backstageKind(profile.backstage),
            deleteMinutes: 10,
            leftovers: leftVolumes(settings),
          },
        },
        { dependsOn: cluster },
      );

    // The services that run workflows, and Developer Hub, which shows these.
    const sonataFlow = new SonataFlow(
      "platform",
      {
        ...common,
        ...settings.sonataFlow,
        namespace: this.sonataflowNamespace,
        rhdhNamespace: this.rhdhNamespace,
        logicNamespace: logic.namespace,
        logicVersion: logic.csv,
        database: database.connection,
      },
      { dependsOn: [namespaces.sonataflow, database, serverless, logic] },
    );
    const hub =
      rhdhOperator &&
      settings.developerHub &&
      new DeveloperHub(
        "developer-hub",
        { ...common, settings: settings.developerHub, secretVersion: credentials.version },
        { dependsOn: [namespaces.rhdh, credentials, rhdhOperator, sonataFlow, ...deliveryOf(foundation)] },
      );

    const running = {
      serverless: serverless.operator,
      serverlessLogic: logic,
      ...(rhdhOperator && { rhdh: rhdhOperator }),
    };
    const existing = Object.values(running).filter(({ isExisting }) => isExisting);
    this.services = [sonataFlow, ...(hub ? [hub] : [])];
    this.move = logic.move;
    this.own = {
      resources: [serverless, logic, ...(rhdhOperator ? [rhdhOperator] : []), ...this.services],
      packages: Object.values(running).map(({ packages }) => packages),
      outputs: {
        /** The versions of the operators that run. */
        operatorVersions: Object.fromEntries(Object.entries(running).map(([name, { csv }]) => [name, csv])),
        ...(hub && {
          /** What Developer Hub said when it was last changed. */
          readiness: hub.condition,
          /** Where it is, or will shortly be, served. */
          rhdhUrl: hub.rhdhUrl,
        }),
      },
      where: { backstage: `${this.rhdhNamespace}/${settings.rhdh.name}` },
      kept: existing.map(
        ({ csv, namespace }) => pulumi.interpolate`Operator ${csv} in ${namespace}: it was there before`,
      ),
    };
  }
}
