import gte from "semver/functions/gte";
import { logicPackages } from "../names";

/** What Serverless Logic runs beside its operator. */
export interface LogicImages {
  readonly dataIndexImage: string;
  readonly jobServiceImage: string;
  /** For the migration of the database, and for workflows that are built on the cluster or run in development. */
  readonly others: readonly string[];
}

/**
 * Those of them that no bundle lists. Up to 1.36 they are in a ConfigMap of the bundle, by tag: rhdhorchestrator.github.io,
 * content/1.4 and content/1.7, docs/installation/disconnected.md. Since, they are variables of its operator's environment, by
 * digest, and such a bundle lists them: kubesmarts/logic-operator, main-1.x, config/manager/manager_env_patch.yaml.
 * @returns undefined where the bundle has them all.
 */
export function unlistedLogicImages(name: string, version: string): LogicImages | undefined {
  const [before] = logicPackages;
  if (name !== before) return undefined;
  const image = (what: string) => `registry.redhat.io/openshift-serverless-1/logic-${what}-rhel8:${version}`;
  const migrates = gte(version, "1.36.0");
  return {
    dataIndexImage: image("data-index-postgresql"),
    jobServiceImage: image("jobs-service-postgresql"),
    others: [...(migrates ? ["db-migrator-tool"] : []), "swf-builder", "swf-devmode"].map(image),
  };
}
