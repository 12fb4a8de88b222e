import { afterEach, beforeEach, vi } from "vitest";
import { ApiServer, hurry, object } from "./apiServer";

/** The API server of the test that runs. A file that imports it has a new one for each test, no real waits and no messages. */
export let api: ApiServer;

beforeEach(async () => {
  api = await ApiServer.start();
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  hurry();
});
afterEach(() => {
  api.stop();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

export const olm = "operators.coreos.com/v1alpha1";
export const label = "orchestrator-on-openshift/installation";
/** The labels of what is of the stack `me`. */
export const mark = { [label]: "me" };

export const namespace = (name: string, metadata?: object) => object("v1", "Namespace", name, {}, metadata);

/** What OLM makes for an OperatorGroup, or for a CSV. */
export const ownedRole = (ownerKind: string, path: string, name: string) => {
  const [namespace, owner] = path.split("/");
  const labels = {
    "olm.owner": owner,
    "olm.owner.namespace": namespace,
    "olm.owner.kind": ownerKind,
  };
  return object("rbac.authorization.k8s.io/v1", "ClusterRole", name, {}, { labels });
};

/** What a task says that has to fail. */
export const messageOf = (run: Promise<unknown>): Promise<string> =>
  run.then(
    (result) => `no error: ${JSON.stringify(result)}`,
    (error: unknown) => (error as Error).message,
  );
