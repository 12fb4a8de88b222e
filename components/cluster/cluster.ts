import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { ClusterConfig } from "../../config";
import { componentType, installationLabel } from "../../config/names";
import type { PlannedObject } from "../../tasks/cluster/adoption";
import {
  distinct,
  type Label,
  type Prerequisite,
  type PackageClaim,
  type Place,
} from "../../tasks/cluster/conflicts";
import type { SwitchInput } from "../../tasks/operators/switches";
import type { FindPlatformInput } from "../../tasks/platform/findPlatform";
import type { Expectations } from "../../tasks/cluster/preflight";
import type { ReleaseInput } from "../../tasks/orchestrator/upgradePath";
import { identityOf } from "../../tasks/cluster/identity";
import { packageName, type Home } from "../../provider/home";
import { ClusterIdentity, ClusterProvider } from "./identity";
import { runPreflight, reach, checkDatabase } from "./preflight";
import { Task, type HomeConnection } from "./task";

export interface ClusterArgs extends ClusterConfig {
  /** What must be on the cluster already, because the configuration says that it is. */
  readonly prerequisites: readonly Prerequisite[];
  /** Of what the stack and its operators make, that of which only one can be on a cluster. */
  readonly singletons: readonly PlannedObject[];
  /** The operators that it subscribes to. */
  readonly packages: readonly PackageClaim[];
  /** The release of the Orchestrator operator. @default - none is installed */
  readonly release: ReleaseInput | undefined;
  /** What the platform expects of the cluster, if it is to be installed. */
  readonly platform: Expectations | undefined;
  /** The platform that is there. @default - it is the stack's own */
  readonly existing: FindPlatformInput | undefined;
  /** Where operators leave what is the stack's to take away. */
  readonly leftPlaces: readonly Place[];
  /** Where else it looks, before it makes or deletes anything. */
  readonly guardedPlaces: readonly Place[];
  /** What is said to be there without the stack, and must not have been the stack's. */
  readonly switches: Omit<SwitchInput, "installation">;
}

/**
 * This stack's hold on a cluster: its id, which marks all that it makes; the check that nothing of it is somebody
 * else's; the provider that makes it; and the sweep that removes what an interrupted run left unrecorded.
 *
 * Every other component takes {@link options} as its options: their resources then come after it, and are destroyed
 * before it, because they need its provider. They must be registered synchronously: what is registered by the end of
 * the program's first turn is what is checked.
 */
export class Cluster extends pulumi.ComponentResource {
  /** The id of this stack, in {@link installationLabel} on everything that it makes. */
  readonly id: pulumi.Output<string>;
  /** The way to the cluster, for tasks. */
  readonly connection: HomeConnection;
  /** How to read an object that is not of this stack. */
  readonly provider: k8s.Provider;
  /** Whether components take over what an install by hand has made. */
  readonly adopt: boolean;
  /** Whether a destroy also deletes the CRDs that came with the stack's operators. */
  readonly removeCrds: boolean;
  /** The options that put a component's resources onto the cluster, under this stack's mark. */
  readonly options: {
    readonly providers: Record<string, pulumi.ProviderResource>;
    readonly transformations: pulumi.ResourceTransformation[];
  };

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("Installation"), name, {}, opts);
    const child = { parent: this };

    // Before all else: with this in the state, the engine does nothing on another cluster, nor reads from it.
    const { connection } = args;
    const ask = reach(connection);
    const home = ask((cluster) => identityOf(cluster, usedNamespaces(args.prerequisites))).then(
      (identity): Home => ({
        identity,
        context: connection.context,
        isConfigured: connection.kubeconfig !== undefined,
      }),
    );
    const guard = new ClusterProvider(name, home, child);
    const { identity } = new ClusterIdentity(name, home, { ...child, provider: guard });
    this.connection = { ...connection, identity };
    this.adopt = args.adopt === true;
    this.removeCrds = args.removeCrds;

    this.id = new random.RandomId(`${name}-id`, { byteLength: 8 }, child).hex;
    const planned: UnplacedObject[] = [...args.singletons];
    const labels: Label[] = [];
    const common = {
      prerequisites: [...args.prerequisites],
      release: args.release,
      // None at all, rather than an empty list: that would be a change to a stack that has none.
      packages: args.packages.length > 0 ? [...args.packages] : undefined,
      adopt: args.adopt,
      switches: args.switches,
    };

    const looked = endOfProgram().then(async (): Promise<pulumi.Input<pulumi.Resource>[]> => {
      // A cluster that cannot be reached is one error, not two.
      await home;
      const installation = await known(this.id);
      await checkDatabase(ask, installation, args.database);
      if (!args.preflight) return [];
      const input = {
        installation,
        planned: await allKnown(planned),
        labels,
        platform: args.platform,
        existing: args.existing,
        places: args.leftPlaces,
        guardedPlaces: args.guardedPlaces,
        isDryRun: pulumi.runtime.isDryRun(),
        ...common,
      };
      await runPreflight(ask, input, { refuses: args.preflight !== "warn" });
      return [];
    });

    const claim = new Task(
      `${name}-claim`,
      {
        connection: this.connection,
        create: "claim",
        delete: "sweep",
        input: {
          installation: this.id,
          planned: pulumi.output(endOfProgram().then(() => worthChecking(planned, args.adopt))),
          labels: endOfProgram().then(() => labels),
          places: pulumi.output(endOfProgram().then(() => placesOf(planned, args.leftPlaces))),
          ...common,
        },
      },
      // As a dependency, not as an input: a refusal then ends the program with its own words, and nothing else.
      { ...child, dependsOn: looked },
    );

    // Apart from the claim, whose delete then sweeps up also what an interrupted run of this has made.
    const taken = new Task(
      `${name}-take`,
      {
        connection: this.connection,
        create: "take",
        input: {
          installation: this.id,
          namespaces: pulumi.output(endOfProgram().then(() => namespacesOf(planned))),
          adopted: claim.result.adopted,
        },
      },
      { ...child, dependsOn: claim },
    );

    this.provider = new k8s.Provider(
      name,
      {
        // Empty, it is what the shell of each run says. Left out, the SDK would write down where that is today.
        kubeconfig: connection.kubeconfig === undefined ? "" : pulumi.secret(connection.kubeconfig),
        context: connection.context,
        // A rotated certificate or a new address of the API server is no reason to replace the platform.
        clusterIdentifier: identity,
        // The claim has ruled out what is not ours; what is there now was made by an interrupted run of this stack.
        upsertExistingObjects: true,
        // What was changed by hand is put back, whoever changed it.
        enablePatchForce: true,
        // A changed Secret is updated where it is, so that no pod finds it missing.
        enableSecretMutable: true,
        enableConfigMapMutable: true,
        // The default of 50 a second holds up stacks with many namespaces; the API server defends itself.
        kubeClientSettings: { qps: 200, burst: 400 },
      },
      { ...child, dependsOn: taken },
    );

    const transformations = [marking(this.id, planned, labels)];
    this.options = { providers: { kubernetes: this.provider, [packageName]: guard }, transformations };
    this.registerOutputs({ id: this.id });
  }
}

/** Namespaces of others, which are there before the stack, and tell a cluster from others where nothing else can. */
const usedNamespaces = (prerequisites: readonly Prerequisite[]): string[] =>
  prerequisites.flatMap(({ kind, name }) => (kind === "Namespace" ? [name] : []));

const endOfProgram = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * Labels every object with the stack's id, and notes what it is. Reads and patches are about objects of others; of the
 * latter, the labels are noted.
 */
function marking(
  installation: pulumi.Input<string>,
  planned: UnplacedObject[],
  patched: Label[],
): pulumi.ResourceTransformation {
  return ({ type, props, opts }) => {
    const isRead = (opts as pulumi.CustomResourceOptions).id !== undefined;
    if (!type.startsWith("kubernetes:") || isRead) return undefined;
    const { apiVersion, kind, metadata, spec } = props as Manifest;
    if (type.endsWith(":NamespacePatch")) {
      const { name: namespace, labels = {} } = metadata;
      for (const [label, value] of Object.entries(labels))
        if (typeof namespace === "string" && typeof value === "string")
          patched.push({ namespace, label, value });
    }
    if (type.endsWith("Patch")) return undefined;
    const { name, namespace } = metadata;
    if (!planned.some((made) => made.kind === kind && made.name === name && made.namespace === namespace))
      planned.push({ apiVersion, kind, name, namespace, ...(kindsWithSpec.includes(kind) && { spec }) });
    const labels = { ...metadata.labels, [installationLabel]: installation };
    return { props: { ...props, metadata: { ...metadata, labels } }, opts };
  };
}

/** Kinds whose spec is looked at beforehand. It is plain data throughout this program. */
const kindsWithSpec = ["Subscription", "PersistentVolumeClaim", "Orchestrator"];

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly spec?: object;
}

interface Metadata {
  readonly name: pulumi.Input<string>;
  readonly namespace?: pulumi.Input<string>;
  readonly labels?: Readonly<Record<string, pulumi.Input<string>>>;
}

/** An object of this stack; where it is may still have to be found out, on a cluster that nothing was made on yet. */
type UnplacedObject = Omit<PlannedObject, "name" | "namespace"> & Pick<Metadata, "name" | "namespace">;

/**
 * What the claim is about. Nothing can be in a namespace that is yet to be made, but in one that is taken over. Specs are
 * left out, lest each change of one be a change of the claim; but an adoption depends on those of Subscriptions.
 */
function worthChecking(planned: readonly UnplacedObject[], adopt = false): UnplacedObject[] {
  const made = new Set(planned.filter(({ kind }) => kind === "Namespace").map(({ name }) => name));
  return planned
    .filter(({ namespace }) => adopt || namespace === undefined || !made.has(namespace))
    .map(({ spec, ...ref }) => (adopt && ref.kind === "Subscription" ? { ...ref, spec } : ref));
}

const namespacesOf = (planned: readonly UnplacedObject[]): pulumi.Input<string>[] =>
  planned.flatMap(({ kind, name, by }) => (kind === "Namespace" && by === undefined ? [name] : []));

/** Where a last sweep finds what the stack has made, and what operators leave. */
const placesOf = (planned: readonly UnplacedObject[], leftPlaces: readonly Place[]): pulumi.Output<Place[]> =>
  pulumi
    .all(planned.map(({ apiVersion, kind, namespace }) => ({ apiVersion, kind, namespace })))
    .apply((made) => distinct([...made, ...leftPlaces]));

/** Those that are known to be somewhere: in a preview, names and namespaces may still have to be found out. */
async function allKnown(planned: readonly UnplacedObject[]): Promise<PlannedObject[]> {
  const placed = await Promise.all(
    planned.map(async ({ name, namespace, ...made }) => {
      const place = { name: await known(name), namespace: namespace && (await known(namespace)) };
      const isKnown =
        place.name !== undefined && (place.namespace !== undefined) === (namespace !== undefined);
      return { ...made, ...place, isKnown };
    }),
  );
  return placed.flatMap(({ isKnown, name = "", ...made }) => (isKnown ? [{ ...made, name }] : []));
}

/** The value, or undefined where only an `up` can know it. The SDK has no public way to ask. */
async function known<T>(value: pulumi.Input<T>): Promise<T | undefined> {
  const output = pulumi.output(value) as unknown as {
    readonly isKnown: Promise<boolean>;
    promise(): Promise<T>;
  };
  return (await output.isKnown) ? output.promise() : undefined;
}
