import type * as pulumi from "@pulumi/pulumi";
import type { ExistingPlatformConfig } from "../../config";
import type { Package } from "../../config/operators";
import type { Ref } from "../../kube/objects";
import type { Release } from "../../tasks/operators/helm";
import type { Move } from "../operators/operator";
import type { PostgresConnection } from "../database/access";
import type { SecretData } from "../access/secretText";

/** What a platform is to those that stand on it: one of this stack, or an existing one. */
export interface Platform {
  readonly rhdhNamespace: pulumi.Input<string>;
  /** That of Data Index and Job Service. */
  readonly sonataflowNamespace: pulumi.Input<string>;
  readonly database: pulumi.Input<PostgresConnection>;
  /** The certificates of the authority that its certificate is of. @default - it has none, or nobody looks */
  readonly authority: string | undefined;
  /** What the database's Secret holds, as of this run. */
  readonly credentials: pulumi.Output<SecretData>;
  readonly admitsWorkflowsBy: ExistingPlatformConfig["admitsWorkflowsBy"];

  /** What has to be ready before workflows are deployed. */
  readonly services: readonly pulumi.Resource[];
  /** Workflows make way for it, and come back. @default - nobody moves it, or not while the stack has workflows */
  readonly move: Move | undefined;
  /** All that this stack creates for it. None of it may go before the workflows. Nothing for an existing platform. */
  readonly resources: readonly pulumi.Resource[];
  /** What goes with this stack, and what a destroy therefore looks at first. */
  readonly removal: Removal;

  /** What `pulumi stack output` says of it. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Where its parts are. */
  readonly where: Readonly<Record<string, pulumi.Input<string>>>;
  /** What a destroy leaves, and why. */
  readonly kept: readonly pulumi.Input<string>[];
}

export interface Removal {
  /** Workflows anywhere on the cluster are left without what they need. */
  readonly isFeltEverywhere: boolean;
  /** The packages that go. */
  readonly packages: readonly pulumi.Input<readonly Package[]>[];
  /** The namespaces that go, with all that is in them. */
  readonly namespaces: readonly string[];
  /** The namespace whose workflows alone are left without what they need. @default - none */
  readonly ownNamespace?: string | undefined;
  /** The custom resource by which an operator makes all else. @default - there is none */
  readonly resource?: Release | undefined;
  /** What that operator makes without a mark. @default - nothing */
  readonly objects?: readonly Ref[] | undefined;
}

/** The line for a namespace that a destroy leaves. */
export const keptNamespace = (name: string): string => `Namespace ${name}: it was there before`;
