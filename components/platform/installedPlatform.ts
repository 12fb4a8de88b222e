import type * as pulumi from "@pulumi/pulumi";
import type { PlatformConfig } from "../../config";
import type { Cluster } from "../cluster/cluster";
import type { ClusterAccess } from "../access/clusterAccess";
import type { Database } from "../database/createDatabase";
import type { Delivery } from "../delivery/createDelivery";
import type { GitOps } from "../delivery/gitOps";
import type { PostgresConnection } from "../database/access";
import type { Pipelines } from "../delivery/pipelines";
import type { RhdhSecret } from "../access/rhdhSecret";
import type { SecretData } from "../access/secretText";
import { goingNamespaces } from "./leftovers";
import type { PlatformNamespaces } from "./namespaces";
import { keptNamespace, type Platform, type Removal } from "./platform";

/** What every release needs before Orchestrator itself. */
export interface Foundation {
  readonly cluster: Cluster;
  readonly namespaces: PlatformNamespaces;
  readonly database: Database;
  readonly delivery: Delivery;
  readonly access: ClusterAccess;
  readonly credentials: RhdhSecret;
}

/** What a release adds to the foundation. */
export interface Own extends Pick<Platform, "outputs" | "where" | "kept"> {
  readonly resources: readonly pulumi.Resource[];
  readonly packages: Removal["packages"];
  readonly resource?: Removal["resource"];
  readonly objects?: Removal["objects"];
}

/** A platform of this stack. No component of its own: what it is made of is at the root, where existing stacks have it. */
export abstract class InstalledPlatform implements Platform {
  readonly rhdhNamespace: string;
  readonly sonataflowNamespace: string;
  readonly database: PostgresConnection;
  readonly authority: string | undefined;
  readonly credentials: pulumi.Output<SecretData>;
  readonly admitsWorkflowsBy: PlatformConfig["admitsWorkflowsBy"];

  abstract readonly services: readonly pulumi.Resource[];
  abstract readonly move: Platform["move"];
  protected abstract readonly own: Own;

  constructor(
    private readonly foundation: Foundation,
    private readonly settings: PlatformConfig,
  ) {
    const { namespaces } = settings;
    const { connection, credentials } = foundation.database;
    this.rhdhNamespace = namespaces.rhdh.name;
    this.sonataflowNamespace = namespaces.sonataflow.name;
    this.database = connection;
    this.authority = foundation.database.authority;
    this.credentials = credentials;
    this.admitsWorkflowsBy = settings.admitsWorkflowsBy;
  }

  get resources(): pulumi.Resource[] {
    const { namespaces, database, credentials, access } = this.foundation;
    return [
      ...namespaces.all,
      database,
      credentials,
      ...deliveryOf(this.foundation),
      access,
      ...this.own.resources,
    ];
  }

  get removal(): Removal {
    const { servesAllNamespaces } = this.settings;
    return {
      isFeltEverywhere: servesAllNamespaces,
      ownNamespace: servesAllNamespaces ? undefined : this.sonataflowNamespace,
      namespaces: goingNamespaces(this.settings, []),
      packages: [...deliveryOf(this.foundation).map(({ packages }) => packages), ...this.own.packages],
      resource: this.own.resource,
      objects: this.own.objects,
    };
  }

  get outputs(): Platform["outputs"] {
    return this.own.outputs;
  }

  get where(): Platform["where"] {
    const { database, delivery } = this.foundation;
    const { serviceNamespace, serviceName, authSecret, port, url } = database.connection;
    return {
      ...this.own.where,
      rhdhSecret: `${this.rhdhNamespace}/${this.settings.credentials.name}`,
      database: url && serviceName === "" ? `${url.host}:${port}` : `${serviceNamespace}/${serviceName}`,
      databaseSecret: `${this.sonataflowNamespace}/${authSecret.name}`,
      ...(delivery.gitops && { argocd: delivery.gitops.url }),
      rhdh: this.rhdhNamespace,
      sonataflow: this.sonataflowNamespace,
    };
  }

  get kept(): Platform["kept"] {
    const { namespaces, gitops } = this.settings;
    return [
      ...(this.foundation.cluster.removeCrds
        ? []
        : [
            "CustomResourceDefinitions of the operators: deleting one deletes everybody's objects of its kind",
          ]),
      ...this.own.kept,
      ...Object.values(namespaces).flatMap(({ name, existing }) => (existing ? [keptNamespace(name)] : [])),
      ...(gitops && !gitops.install ? [`${keptNamespace(gitops.namespace)}, with its Argo CD`] : []),
      ...(namespaces.sonataflow.keep
        ? [`Namespace ${this.sonataflowNamespace} with the database's volume: postgres.keepData`]
        : []),
    ];
  }
}

/** What deploys workflows, as far as it is wanted. */
export const deliveryOf = ({ delivery: { gitops, pipelines } }: Foundation): (GitOps | Pipelines)[] =>
  [gitops, pipelines].filter((component) => component !== undefined);
