import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { checkCrds } from "../../tasks/operators/checkCrds";
import { removeWithCrds } from "../../tasks/operators/removeWithCrds";
import { ApiServer, object, type Stored } from "../support/apiServer";

let api: ApiServer;
let said: string;
beforeEach(async () => {
  api = await ApiServer.start();
  said = "";
  vi.spyOn(console, "error").mockImplementation((text: string) => (said += `${text}\n`));
  const real = setTimeout;
  vi.stubGlobal("setTimeout", (done: () => void, ms: number) => real(done, ms / 1_000));
  api.put(
    crd("backstages.rhdh.redhat.com", "rhdh.redhat.com", "Backstage", "v1alpha1", "rhdh/rhdh-operator.v1"),
    crd(
      "sonataflowclusterplatforms.sonataflow.org",
      "sonataflow.org",
      "SonataFlowClusterPlatform",
      "v1alpha08",
      "logic/logic.v1",
    ),
    crd("argocds.argoproj.io", "argoproj.io", "ArgoCD", "v1beta1", "gitops/gitops.v1"),
  );
});
afterEach(() => {
  api.stop();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const labelled = (apiVersion: string, kind: string, path: string, metadata: object = {}) =>
  object(apiVersion, kind, path, {}, metadata);
function crd(name: string, group: string, kind: string, version: string, ...broughtBy: string[]): Stored {
  const annotations = Object.fromEntries(
    broughtBy.map((csv, index) => [`operatorframework.io/installed-alongside-${index}`, csv]),
  );
  const spec = { group, names: { kind }, versions: [{ name: version, served: true }] };
  return object("apiextensions.k8s.io/v1", "CustomResourceDefinition", name, { spec }, { annotations });
}
const backstage = (path: string, metadata?: object) =>
  labelled("rhdh.redhat.com/v1alpha1", "Backstage", path, metadata);
const namespace = (name: string, metadata?: object) => labelled("v1", "Namespace", name, metadata);
const marked = { labels: { "orchestrator-on-openshift/installation": "me" } };
const released = {
  annotations: { "meta.helm.sh/release-name": "o", "meta.helm.sh/release-namespace": "orchestrator" },
};

/** By a Job of the chart, which has one mark less. */
const releasedByJob = { annotations: { "meta.helm.sh/release-name": "o" } };

const packages = [
  { package: "rhdh", namespace: "rhdh" },
  { package: "logic", namespace: "logic" },
];
const check = () =>
  checkCrds(api.cluster, {
    installation: "me",
    packages,
    resource: { namespace: "orchestrator", name: "o" },
  });
const remove = () =>
  removeWithCrds(
    api.cluster,
    { installation: "me", packages, createdNamespaces: [], removeCrds: true },
    { own: packages, preexisting: [], createdNamespaces: [] },
  );
const crds = () =>
  [...api.objects.values()]
    .filter(({ kind }) => kind === "CustomResourceDefinition")
    .map(({ metadata }) => metadata.name);

it("names what others have before anything is deleted", async () => {
  api.put(namespace("team"), backstage("team/theirs"));
  await expect(check()).rejects.toThrow(
    /^nothing was deleted, because removeCrds would delete objects that are not of this stack: Backstage team\/theirs\. .*pulumi config rm removeCrds/,
  );
  expect(api.writes).toEqual([]);
});

it("counts as the stack's what goes with it: by its mark, its release, its namespace or its owner", async () => {
  api.put(
    namespace("rhdh", marked),
    namespace("serving", released),
    backstage("rhdh/made-by-the-operator"),
    backstage("serving/too"),
    backstage("existing/marked", marked),
    backstage("existing/released", releasedByJob),
    backstage("existing/owned", {
      ownerReferences: [{ apiVersion: "x.io/v1", kind: "X", name: "x", uid: "x", controller: true }],
    }),
    object("sonataflow.org/v1alpha08", "SonataFlowClusterPlatform", "cluster-platform"),
  );
  await expect(check()).resolves.toBeUndefined();
});

it("removes the CRDs of the stack's operators, and no others", async () => {
  await remove();
  expect(crds()).toEqual(["argocds.argoproj.io"]);
  expect(said).toBe("");
});

it("removes none while objects of any are left, and finishes once they are gone", async () => {
  api.put(object("sonataflow.org/v1alpha08", "SonataFlowClusterPlatform", "theirs"));
  await expect(remove()).rejects.toThrow(
    /^the CRDs were not deleted, .*: SonataFlowClusterPlatform theirs\./,
  );
  expect(crds()).toHaveLength(3);
  api.objects.delete("SonataFlowClusterPlatform /theirs");
  await remove();
  expect(crds()).toEqual(["argocds.argoproj.io"]);
});

it("leaves a CRD that an operator of others has brought too", async () => {
  api.put(
    crd(
      "backstages.rhdh.redhat.com",
      "rhdh.redhat.com",
      "Backstage",
      "v1alpha1",
      "rhdh/rhdh-operator.v1",
      "team/rhdh-operator.v1",
    ),
    object("operators.coreos.com/v1alpha1", "ClusterServiceVersion", "team/rhdh-operator.v1"),
    backstage("team/theirs"),
  );
  await expect(check()).resolves.toBeUndefined();
  await remove();
  expect(crds()).toEqual(["backstages.rhdh.redhat.com", "argocds.argoproj.io"]);
  expect(said).toContain("kept, because other operators have brought them too: backstages.rhdh.redhat.com");
});

it("leaves them all unless it is told to", async () => {
  await removeWithCrds(
    api.cluster,
    { installation: "me", packages, createdNamespaces: [] },
    { own: packages, preexisting: [], createdNamespaces: [] },
  );
  expect(crds()).toHaveLength(3);
  expect(said).toMatch(/kept, because deleting a CRD deletes everybody's objects of its kind: .*backstages/);
});
