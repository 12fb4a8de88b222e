import { describe, expect, it } from "vitest";
import { claim } from "../../tasks/cluster/claim";
import { sweep } from "../../tasks/cluster/sweep";
import { object } from "../support/apiServer";
import { api, label, mark, namespace, ownedRole } from "../support/api";

describe("the sweep", () => {
  it("removes what carries the stack's mark, contents first, and nothing else", async () => {
    api.put(
      namespace("ours", { labels: mark }),
      namespace("theirs", { labels: { [label]: "somebody else" } }),
      namespace("kept", { labels: { ...mark, "orchestrator-on-openshift/keep": "" } }),
      object("v1", "Secret", "ours/s", {}, { labels: mark }),
      object(
        "v1",
        "Secret",
        "ours/copy",
        {},
        {
          labels: mark,
          ownerReferences: [{ apiVersion: "x.io/v1", kind: "X", name: "x", uid: "x", controller: true }],
        },
      ),
    );
    const places = [
      { apiVersion: "v1", kind: "Namespace" },
      { apiVersion: "v1", kind: "Secret", namespace: "ours" },
    ];
    await sweep(api.cluster, { installation: "me", planned: [], prerequisites: [], labels: [], places });
    expect(api.writes).toEqual(["DELETE Secret ours/s", "DELETE Namespace ours"]);
  });

  it("waits for namespaces that are on their way out, and leaves it to them what goes with them", async () => {
    const deletionTimestamp = "2026-12-01T00:00:00Z";
    api.put(
      namespace("going", { labels: mark, deletionTimestamp }),
      object("v1", "Secret", "going/s", {}, { labels: mark }),
    );
    const places = [
      { apiVersion: "v1", kind: "Namespace" },
      { apiVersion: "v1", kind: "Secret", namespace: "going" },
    ];
    let looks = 0;
    api.onRequest = (path) => {
      if (path.endsWith("/namespaces/going") && ++looks === 4) api.objects.delete("Namespace /going");
    };
    await sweep(api.cluster, { installation: "me", planned: [], prerequisites: [], labels: [], places });
    expect(api.writes).toEqual([]);
    expect(looks).toBe(4);
  });

  it("says what holds a namespace that does not go", async () => {
    const conditions = [
      {
        type: "NamespaceFinalizersRemaining",
        status: "True",
        message: "Some content has finalizers: x.io/x.",
      },
      { type: "NamespaceDeletionDiscoveryFailure", status: "False", message: "All resources discovered." },
    ];
    const metadata = { labels: mark, deletionTimestamp: "2026-12-01T00:00:00Z" };
    api.put(object("v1", "Namespace", "going", { status: { conditions } }, metadata));
    const places = [{ apiVersion: "v1", kind: "Namespace" }];
    const swept = sweep(api.cluster, {
      installation: "me",
      planned: [],
      prerequisites: [],
      labels: [],
      places,
    });
    await expect(swept).rejects.toThrow(
      "the removal of Namespace going did not happen within 10 minutes: Namespace going is being deleted: Some content has finalizers: x.io/x",
    );
  });

  it("removes the cluster roles that OLM has forgotten when their OperatorGroup went", async () => {
    const group = { apiVersion: "operators.coreos.com/v1", kind: "OperatorGroup", namespace: "ops" };
    api.put(
      object(group.apiVersion, group.kind, "ops/another"),
      ownedRole("OperatorGroup", "ops/gone", "forgotten"),
      ownedRole("OperatorGroup", "ops/another", "of-another-group"),
      ownedRole("OperatorGroup", "theirs/gone", "of-another-namespace"),
    );
    await sweep(api.cluster, {
      installation: "me",
      planned: [],
      prerequisites: [],
      labels: [],
      places: [group],
    });
    expect(api.writes).toEqual(["DELETE ClusterRole forgotten"]);
  });

  it("looks only where the stack has ever made something, whatever else the user may not read", async () => {
    const secrets = { apiVersion: "v1", kind: "Secret" };
    const first = { installation: "me", planned: [], prerequisites: [], labels: [] };
    const before = await claim(
      api.cluster,
      { ...first, places: [{ ...secrets, namespace: "before" }] },
      undefined,
    );
    const now = await claim(api.cluster, { ...first, places: [{ ...secrets, namespace: "now" }] }, before);
    api.put(...["before", "now"].map((name) => namespace(name)));
    api.put(
      ...["before", "now", "theirs"].map((name) => object("v1", "Secret", `${name}/s`, {}, { labels: mark })),
    );
    for (const kind of ["ClusterRole", "Node", "Service"]) api.hides.add(kind);
    const requests: string[] = [];
    api.onRequest = (path) => requests.push(path);
    await sweep(api.cluster, first, now);
    expect(api.writes).toEqual(["DELETE Secret before/s", "DELETE Secret now/s"]);
    expect(requests).not.toContain("/apis");
  });

  it("does not pass over a kind of the stack's that it cannot read", async () => {
    api.put(namespace("ours"));
    api.hides.add("Secret");
    const places = [{ apiVersion: "v1", kind: "Secret", namespace: "ours" }];
    await expect(
      sweep(api.cluster, { installation: "me", planned: [], prerequisites: [], labels: [], places }),
    ).rejects.toThrow("(403)");
  });

  it("says what holds an object that does not go", async () => {
    api.put(namespace("stuck", { labels: mark, finalizers: ["example.com/never"] }));
    await expect(
      sweep(api.cluster, {
        installation: "me",
        planned: [],
        prerequisites: [],
        labels: [],
        places: [{ apiVersion: "v1", kind: "Namespace" }],
      }),
    ).rejects.toThrow(
      "the removal of Namespace stuck did not happen within 10 minutes: Namespace stuck is still there (finalizers example.com/never)",
    );
  });
});
