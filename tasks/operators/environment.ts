import type { Cluster } from "../../kube/cluster";
import { refOf } from "../../kube/objects";
import { type Container, csvsOf } from "./olm";
import type { Package } from "../../config/operators";

/**
 * Writes into the CSVs what their Subscription adds to the operator's environment. OLM takes that back as soon as the
 * Subscription is gone, and in the moment until the CSV is, the operator would start without it: that of GitOps
 * would make its default Argo CD, which nobody could remove any more.
 */
export async function keepEnvironment(
  cluster: Cluster,
  packages: readonly Package[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const kept = Object.entries(env).map(([name, value]) => ({ name, value }));
  const withEnv = (container: Container) => {
    const others = (container.env ?? []).filter(({ name }) => !(name in env));
    return { ...container, env: [...others, ...kept] };
  };
  for (const of of packages) {
    for (const csv of await csvsOf(cluster, of)) {
      const deployments = (csv.spec?.install?.spec?.deployments ?? []).map((deployment) => {
        const { template } = deployment.spec;
        const containers = template.spec.containers.map(withEnv);
        const pod = { ...template, spec: { ...template.spec, containers } };
        return { ...deployment, spec: { ...deployment.spec, template: pod } };
      });
      await cluster.patch(refOf(csv), { spec: { install: { spec: { deployments } } } });
    }
  }
}
