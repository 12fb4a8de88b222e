import * as pulumi from "@pulumi/pulumi";
import { parseCsv } from "../../config/csv";
import { globalOperatorsNamespace } from "../../config/names";
import type { Ref } from "../../kube/objects";
import type { Release } from "../../tasks/operators/helm";
import type { Package, SettingPaths } from "../../config/operators";
import { OperatorState } from "../cluster/identity";
import { stackNamespace } from "../cluster/stackNamespace";
import { Component, type ComponentArgs } from "../component";
import { subscriptionOf, type SubscriptionSettings } from "./manifests";
import { OperatorGroup, Subscription } from "./olm";

export interface OperatorArgs extends SettingPaths, ComponentArgs, SubscriptionSettings {
  /** The name of that OperatorGroup. @default - that of the namespace */
  readonly operatorGroup?: string;
  /** The longest wait for the operator, in minutes. */
  readonly timeoutMinutes: number;
  /** The packages that this operator subscribes to on its own; they are removed along with it. */
  readonly dependencies: readonly Package[];
  /**
   * Remove the operator with the stack even if it was there before, with what it has subscribed to for this custom
   * resource. @default - what was there stays
   */
  readonly adopt?: { readonly resource?: Release } | undefined;
  /** What it was called before, by the packages that make way for its own. @default - nothing else */
  readonly formerPackages?: readonly string[];
  /**
   * It is moved to another minor version, or to another package, only while there is nothing of what it runs; what is to
   * make way for that is replaced with {@link Operator.move}. @default false
   */
  readonly isMovedEmpty?: boolean;
  /** Namespaces that this operator makes itself and never removes. @default - none */
  readonly createdNamespaces?: readonly string[];
  /**
   * Wait until the kind of `uninstall` is there in that version, which versions of the operator may differ in.
   * @default - some bring their kinds themselves, once they run
   */
  readonly isKindAwaited?: true;
  /** What has to go before the operator: the kind that only it can take down, and the longest wait for that, in minutes. */
  readonly uninstall: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly deleteMinutes: number;
    /** Further such kinds. @default - none */
    readonly otherKinds?: readonly { readonly apiVersion: string; readonly kind: string }[];
    /** Names of objects that the operator makes on its own, and that go with it. @default - none */
    readonly createdObjects?: readonly string[];
    /** What stays behind in namespaces of others; it goes unless it was there before. @default - nothing */
    readonly leftovers?: readonly Ref[];
  };
}

/** How an operator gets to another version without what it runs. */
export interface Move {
  /** What is to make way is replaced with this: the engine deletes it before, and makes it after. */
  readonly start: pulumi.Resource;
  /** What it is moved to: package and minor version. */
  readonly to: string;
}

/** One operator from OLM: subscribed, running, and when the stack is destroyed really gone. */
export class Operator extends Component {
  /** The version that runs, such as `orchestrator-operator.v1.2.3`. */
  readonly csv: pulumi.Output<string>;
  /** The packages that come and go with this stack: its own, and those of `dependencies` that were not there before. */
  readonly packages: pulumi.Output<readonly Package[]>;
  /** @default - it is moved as it is */
  readonly move: Move | undefined;

  constructor(name: string, args: OperatorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Operator", name, args.cluster, opts);
    const { child } = this;
    const { id: installation, removeCrds } = this.cluster;
    const { namespace, uninstall } = args;
    const ownNamespace = namespace === globalOperatorsNamespace ? [] : this.createNamespace(name, args);
    this.move = args.isMovedEmpty ? this.startMove(name, args, ownNamespace) : undefined;

    // Deleting a Subscription leaves its operator running, and what OLM is still at unfinished. This deletes it, once OLM
    // is done with it, and cleans up.
    const removal = this.task(
      `${name}-removal`,
      {
        create: "prepare-removal",
        delete: "remove-operator",
        input: {
          installation,
          packages: [{ package: args.package, namespace }, ...args.dependencies],
          createdNamespaces: args.createdNamespaces ?? [],
          // None at all, rather than false: that would be a change to a stack that has none.
          adopt: args.adopt,
          formerPackages: args.formerPackages?.length ? [...args.formerPackages] : undefined,
          removeCrds: removeCrds || undefined,
        },
      },
      { dependsOn: this.move ? this.move.start : ownNamespace },
    );

    this.packages = removal.result.own;

    const { channel, source, sourceNamespace, approval, startingCSV, env } = args;
    const subscription = new Subscription(name, subscriptionOf(args), {
      ...child,
      dependsOn: removal,
      retainOnDelete: true,
    });

    // Apart from the wait, so that it is there, and does its part on destroy, also when the wait has failed.
    const guard = this.task(
      `${name}-guard`,
      {
        delete: "drain",
        input: { installation, packages: this.packages, env, ...uninstall },
        waits: uninstall.deleteMinutes,
      },
      { dependsOn: subscription },
    );

    const state = new OperatorState(
      name,
      { package: args.package, namespace, pin: approval === "Manual" ? startingCSV : undefined },
      { ...child, dependsOn: guard },
    );

    // Not an annotation for the provider to wait by: that can only run into its timeout, and OLM tells the reason.
    const ready = this.task(
      `${name}-ready`,
      {
        create: "await-operator",
        input: {
          package: args.package,
          namespace,
          channel,
          source,
          sourceNamespace,
          approval,
          startingCSV,
          expectedKind: args.isKindAwaited
            ? { apiVersion: uninstall.apiVersion, kind: uninstall.kind }
            : undefined,
          settings: args.settings,
          sourceSettings: args.sourceSettings && [...args.sourceSettings],
          minutes: args.timeoutMinutes,
          packages: this.packages,
          repair: state.repair,
        },
        waits: args.timeoutMinutes,
      },
      { dependsOn: guard },
    );

    this.csv = ready.result.csv;
    this.registerOutputs({ csv: this.csv, packages: this.packages });
  }

  /** A task that is made anew for each move: what is replaced with it is then gone, and comes back once the operator runs. */
  private startMove(
    name: string,
    { package: own, namespace, approval, startingCSV = "", formerPackages = [] }: OperatorArgs,
    dependsOn: pulumi.Resource[],
  ): Move {
    const to = [own, parseCsv(startingCSV)?.release ?? []].flat().join(" ");
    const start = this.task(
      `${name}-move-start`,
      {
        create: "start-move",
        about: to,
        input: {
          installation: this.cluster.id,
          package: own,
          namespace,
          pin: approval === "Manual" ? startingCSV : undefined,
          formerPackages: [...formerPackages],
        },
      },
      { dependsOn, deleteBeforeReplace: true },
    );
    return { start, to };
  }

  private createNamespace(
    name: string,
    { namespace, operatorGroup = namespace }: OperatorArgs,
  ): pulumi.Resource[] {
    const { child } = this;
    const created = stackNamespace(`${name}-namespace`, { name: namespace }, child);
    const group = { metadata: { name: operatorGroup, namespace }, spec: {} };
    return [new OperatorGroup(`${name}-group`, group, { ...child, dependsOn: created })];
  }
}
