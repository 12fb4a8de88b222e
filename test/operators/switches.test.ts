import { describe, expect, it } from "vitest";
import { switchesOf } from "../../components/cluster/claims";
import { claim } from "../../tasks/cluster/claim";
import { describeRivals } from "../../tasks/cluster/conflicts";
import { describeSwitched, type SwitchInput } from "../../tasks/operators/switches";
import type { Subscription } from "../../tasks/operators/olm";
import { api, label, olm } from "../support/api";
import { object } from "../support/apiServer";
import { parseValues, type Values } from "../support/config";

const ours = { labels: { [label]: "me" } };
const subscription = (path: string, name: string, metadata: object = {}) =>
  object(olm, "Subscription", path, { spec: { name } }, metadata) as unknown as Subscription &
    ReturnType<typeof object>;
const released = {
  annotations: {
    "meta.helm.sh/release-name": "orchestrator",
    "meta.helm.sh/release-namespace": "orchestrator",
  },
};
const platform = (path: string, spec: object) =>
  object("sonataflow.org/v1alpha08", "SonataFlowPlatform", path, { spec }, ours);
const made = (name: string) =>
  `${name} was made by this stack, and would be deleted with what it runs if it were taken for existing. Go back with: pulumi config set --path `;

const look = (values: Values, installation: string | undefined = "me") =>
  describeSwitched(api.cluster, { ...switchesOf(parseValues(values)), installation });

describe("what a running stack has made, and is said to be there without it", () => {
  it("is not the platform without services that comes with each team's workflows", async () => {
    api.put(platform("team-a/sonataflow-platform", {}));
    expect(await look({ install: false })).toEqual([]);
  });

  it.each<[Values, string, string, string]>([
    [{ rhdh: { existingOperator: true } }, "rhdh-operator/rhdh", "rhdh", "rhdh.existingOperator false"],
    [
      { serverless: { install: false } },
      "openshift-serverless/s",
      "serverless-operator",
      "serverless.install true",
    ],
    [{ serverlessLogic: { install: false } }, "x/logic", "logic-operator", "serverlessLogic.install true"],
    [
      { gitops: { install: true }, tekton: { install: false } },
      "x/p",
      "openshift-pipelines-operator-rh",
      "tekton.install true",
    ],
  ])("is refused for %j, with the way back", async (values, path, name, way) => {
    const config = { orchestrator: { version: "1.10" }, ...values };
    api.put(subscription(path, name, ours), subscription("theirs/other", name));
    expect(await look(config)).toEqual([expect.stringContaining(made(`Subscription ${path}`) + way)]);
    // It is another stack's, or this one has made nothing yet.
    expect(await look(config, "you")).toEqual([]);
    expect(await describeSwitched(api.cluster, switchesOf(parseValues(config)))).toEqual([]);
    expect(await look({ orchestrator: { version: "1.10" } })).toEqual([]);
  });

  it("is refused for the operators that the Orchestrator operator has subscribed to, too", async () => {
    api.put(
      subscription("openshift-serverless/serverless-operator", "serverless-operator", released),
      subscription("openshift-serverless-logic/logic", "logic-operator-rhel8", released),
    );
    expect(await look({ serverless: { install: false }, serverlessLogic: { install: false } })).toEqual([
      expect.stringContaining("serverless.install true"),
      expect.stringContaining("serverlessLogic.install true"),
    ]);
    expect(await look({})).toEqual([]);
    expect(await look({ serverless: { subscription: { namespace: "elsewhere" } } })).toEqual([
      expect.stringContaining(
        "Subscription openshift-serverless/serverless-operator, to serverless-operator, is of this stack, and does not move to another namespace while it runs. " +
          "Go back with: pulumi config set --path serverless.subscription.namespace openshift-serverless",
      ),
    ]);
  });

  it("is refused for the platform as a whole", async () => {
    api.put(
      subscription("o/orchestrator-operator", "orchestrator-operator", ours),
      platform("infra/sonataflow-platform", { services: { dataIndex: {} } }),
    );
    expect(await look({ install: false })).toEqual([
      expect.stringContaining(`${made("Subscription o/orchestrator-operator")}install true`),
      expect.stringContaining("SonataFlowPlatform infra/sonataflow-platform"),
    ]);
    const switches: Omit<SwitchInput, "installation"> = switchesOf(parseValues({ install: false }));
    const input = { installation: "me", planned: [], prerequisites: [], labels: [], switches };
    await expect(claim(api.cluster, input, undefined)).rejects.toThrow("install true");
  });

  it("needs no rights beyond a team's", async () => {
    api.hides.add("Subscription");
    expect(await look({ install: false })).toEqual([]);
  });
});

it("does not move an operator to another namespace", () => {
  const packages = [{ package: "op", namespace: "new", packages: ["op"], settings: "operator", hint: "" }];
  const there = subscription("old/op", "op", ours);
  expect(describeRivals([there], { planned: [], packages }, () => true)).toEqual([
    expect.stringContaining("Go back with: pulumi config set --path operator.namespace old"),
  ]);
  expect(describeRivals([subscription("new/op", "op", ours)], { planned: [], packages }, () => true)).toEqual(
    [],
  );
});
