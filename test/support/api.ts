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
