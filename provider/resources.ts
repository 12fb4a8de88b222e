import type { Target } from "../kube/kubeconfig";
import { Cluster } from "../kube/cluster";
import { checkIdentity } from "../tasks/cluster/identity";
import { isInOrder } from "../tasks/operators/state";
import { TaskError } from "../kube/wait";
import type { Home } from "./home";

/** The properties of a resource, all of them texts. */
export type Properties = Readonly<Record<string, string>>;

/** How a type of resource behaves. None of them is anything on the cluster. */
interface Kind {
  create(inputs: Properties): { readonly id: string; readonly properties: Properties };
  /** What the cluster says of it now; asked at the start of each run. */
  read(cluster: Cluster, properties: Properties): Promise<Properties>;
  /** The names of the inputs that have changed. */
  diff(cluster: Cluster, before: Properties, after: Properties): Promise<readonly string[]>;
}

const kinds: Readonly<Record<string, Kind>> = {
  /** The cluster itself. Its identity stays as it was first written down, whatever it could be told by today. */
  Cluster: {
    create: (inputs) => ({ id: inputs["identity"] ?? "", properties: inputs }),
    read: (_, properties) => Promise.resolve(properties),
    diff: async (cluster, before, after) => {
      if (before["identity"] !== after["identity"]) await checkIdentity(cluster, before["identity"] ?? "");
      return [];
    },
  },
  /** An operator as OLM keeps it. `repair` changes whenever it is found not to be in order. */
  OperatorState: {
    create: (inputs) => ({
      id: `${inputs["namespace"] ?? ""}/${inputs["package"] ?? ""}`,
      properties: { ...inputs, repair: "" },
    }),
    read: async (cluster, properties) => {
      const { package: name = "", namespace = "", pin } = properties;
      return (await isInOrder(cluster, { package: name, namespace, pin }))
        ? properties
        : { ...properties, repair: new Date().toISOString() };
    },
    diff: (_, before, after) =>
      Promise.resolve(Object.keys(after).filter((key) => before[key] !== after[key])),
  },
};

/** What the provider serves, on the cluster that it has been let onto. */
export class Resources {
  private entered: Cluster | undefined;

  /** @throws TaskError where this is another cluster than the stack's. */
  async enter({ identity, context, isConfigured }: Home): Promise<void> {
    // The way that the stack's Kubernetes provider goes, out of the same state: it knows nothing of today's settings.
    const cluster = Cluster.connect({ ...(isConfigured && settings()), context });
    await checkIdentity(cluster, identity);
    this.entered = cluster;
  }

  /**
   * Whether a stack's home is written down otherwise than before.
   * @throws TaskError where it was on another cluster.
   */
  async moves(before: Properties, after: Properties): Promise<readonly string[]> {
    await checkIdentity(this.cluster, before["identity"] ?? "");
    return Object.keys(after).filter((key) => before[key] !== after[key]);
  }

  create(type: string, inputs: Properties) {
    return kindOf(type).create(inputs);
  }

  read(type: string, properties: Properties): Promise<Properties> {
    return kindOf(type).read(this.cluster, properties);
  }

  diff(type: string, before: Properties, after: Properties): Promise<readonly string[]> {
    return kindOf(type).diff(this.cluster, before, after);
  }

  update(before: Properties, after: Properties): Properties {
    return { ...before, ...after };
  }

  private get cluster(): Cluster {
    if (!this.entered) throw new TaskError("the provider has not been told which cluster it is for");
    return this.entered;
  }
}

function kindOf(type: string): Kind {
  const kind = kinds[type];
  if (!kind) throw new TaskError(`there is no resource ${type}; there are ${Object.keys(kinds).join(", ")}`);
  return kind;
}

/** The stack's settings, which the engine hands over when it starts the plugin: those of today, not of the state. */
function settings(): Target {
  const { kubeconfig } = JSON.parse(process.env["PULUMI_CONFIG"] ?? "{}") as Target;
  return { kubeconfig };
}
