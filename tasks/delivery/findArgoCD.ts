import { nameOf, type KubeObject } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { waitUntilFound, type Look } from "../../kube/wait";

const argocds = { apiVersion: "argoproj.io/v1beta1", kind: "ArgoCD" } as const;
const routes = { apiVersion: "route.openshift.io/v1", kind: "Route" } as const;

/** The key of the Secret `<instance>-cluster` that holds the password of the user admin. */
const passwordKey = "admin.password";

export interface FindArgoCDInput {
  readonly namespace: string;
  /** The instance to use. @default - the first by name */
  readonly instance?: string | undefined;
  /** The longest wait for it, in minutes; 0 where it has to be there already. */
  readonly minutes: number;
}

/** Never the password: this is kept in plain text in the state. */
export interface FindArgoCDResult {
  readonly instance: string;
  readonly url: string;
  /** The Secret that has the password. */
  readonly secret: string;
}

interface Route extends KubeObject {
  readonly spec: { readonly host?: string };
  readonly status?: { readonly ingress?: readonly { readonly host?: string }[] };
}

/**
 * Finds an Argo CD, the address that it is served at, and the Secret with its password.
 * @throws TaskError that says what is missing, and what to set.
 */
export async function findArgoCD(cluster: Cluster, input: FindArgoCDInput): Promise<FindArgoCDResult> {
  const { minutes, namespace } = input;
  return waitUntilFound(
    { minutes, what: `the start of Argo CD in ${namespace}` },
    async (): Promise<Look<FindArgoCDResult>> => {
      const found = await look(cluster, input);
      return typeof found === "string" ? { missing: found } : { found };
    },
  );
}

/** What is there, or a text that says what is not. */
async function look(
  cluster: Cluster,
  { namespace, instance: wanted }: FindArgoCDInput,
): Promise<FindArgoCDResult | string> {
  const names = (await cluster.list(argocds, { namespace, part: "metadata" }))
    .map(({ metadata }) => metadata.name)
    .sort();
  const instance = wanted ?? names[0];
  if (instance === undefined) {
    return (
      `there is no ArgoCD in namespace ${namespace}. Name the namespace of yours with: pulumi config set --path gitops.namespace <name>, ` +
      "or have one installed with: pulumi config set --path gitops.install true"
    );
  }
  const ref = { ...argocds, namespace, name: instance };
  if (!names.includes(instance)) {
    return `${nameOf(ref)} does not exist; there are: ${names.join(", ") || "none"}. Set gitops.instance`;
  }

  const label = `app.kubernetes.io/managed-by=${instance}`;
  const host = hostOf(instance, await cluster.list<Route>(routes, { namespace, label }));
  if (host === undefined) {
    return `${nameOf(ref)} has no Route with a host: none in ${namespace} is labelled ${label}. Set spec.server.route.enabled of the ArgoCD to true`;
  }

  const secret = { apiVersion: "v1", kind: "Secret", namespace, name: `${instance}-cluster` };
  const object = await cluster.get<KubeObject & { data?: Record<string, string> }>(secret);
  if (!object?.data?.[passwordKey]) {
    return `${nameOf(secret)} has no key ${passwordKey}: Developer Hub logs in as admin, which spec.disableAdmin of the ArgoCD may rule out`;
  }
  return { instance, url: `https://${host}`, secret: secret.name };
}

/** Of several Routes that one instance may have, the server's. */
function hostOf(instance: string, found: readonly Route[]): string | undefined {
  const server = found.find(({ metadata }) => metadata.name === `${instance}-server`) ?? found[0];
  const hosts = [server?.status?.ingress?.[0]?.host, server?.spec.host];
  return hosts.find((host) => host !== undefined && host !== "");
}
