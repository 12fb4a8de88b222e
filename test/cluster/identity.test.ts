import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkIdentity, identityOf } from "../../tasks/cluster/identity";
import { TaskError } from "../../kube/wait";
import { ApiServer, object } from "../support/apiServer";

let api: ApiServer;
beforeEach(async () => {
  api = await ApiServer.start();
  api.put(
    object("config.openshift.io/v1", "ClusterVersion", "version", { spec: { clusterID: "id-of-a" } }),
    object("v1", "Namespace", "kube-system", {}, { uid: "uid-of-a" }),
    object("v1", "Namespace", "team-a", {}, { uid: "uid-of-team-a" }),
  );
});
afterEach(() => {
  api.stop();
});

describe("the identity of a cluster", () => {
  it("is the id of its ClusterVersion", async () => {
    expect(await identityOf(api.cluster)).toBe("ClusterVersion/version/id-of-a");
  });

  it.each<[string, () => unknown]>([
    ["is not OpenShift", () => api.lacks.add("ClusterVersion")],
    ["hides that from the user", () => api.hides.add("ClusterVersion")],
  ])("is the UID of kube-system where it %s", async (_, prepare) => {
    prepare();
    expect(await identityOf(api.cluster)).toBe("Namespace/kube-system/uid-of-a");
  });

  it("is the UID of a namespace that the stack uses where the user may read no other", async () => {
    api.hides.add("ClusterVersion");
    api.hidesObject.add("Namespace /kube-system");
    expect(await identityOf(api.cluster, ["team-a"])).toBe("Namespace/team-a/uid-of-team-a");
  });

  it("has to be readable somehow", async () => {
    api.hides.add("ClusterVersion").add("Namespace");
    await expect(identityOf(api.cluster, ["team-a"])).rejects.toThrow(
      "you may get none of ClusterVersion version, Namespace kube-system, Namespace team-a",
    );
  });
});

describe("looking whether it is the stack's cluster", () => {
  it.each([
    "ClusterVersion/version/id-of-a",
    "Namespace/kube-system/uid-of-a",
    "Namespace/team-a/uid-of-team-a",
  ])("finds by %s that it is", async (identity) => {
    await expect(checkIdentity(api.cluster, identity)).resolves.toBeUndefined();
  });

  it("names both clusters where it is not, and says how to go on", async () => {
    const refusal = checkIdentity(api.cluster, "ClusterVersion/version/id-of-b");
    await expect(refusal).rejects.toThrow(TaskError);
    await expect(refusal).rejects.toThrow(/id-of-b.*127\.0\.0\.1.*id-of-a.*pulumi state delete --all/s);
  });

  it("refuses a cluster that has not even the object", async () => {
    await expect(checkIdentity(api.cluster, "Namespace/team-b/uid")).rejects.toThrow(
      "has no Namespace team-b",
    );
  });

  it("asks for the right to find out, and does not guess", async () => {
    api.hides.add("ClusterVersion");
    await expect(checkIdentity(api.cluster, "ClusterVersion/version/id-of-a")).rejects.toThrow(
      "you may not get ClusterVersion version",
    );
  });
});
