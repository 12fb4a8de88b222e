import { describe, expect, it } from "vitest";
import { orchestratorSpec } from "../../components/orchestrator/spec";
import { overlay } from "../../config/overlay";
import { operatorPlatformOf } from "../support/config";
import { database, subscription } from "../support/orchestrator";
import { crdSpec, leaves, violations } from "../support/schema";
import { parseValues } from "../support/config";

const schema = crdSpec("sandbox/catalog/crds/orchestrators.rhdh.redhat.com_v1alpha1.yaml");

const specOf = (values?: Readonly<Record<string, unknown>>) =>
  orchestratorSpec(operatorPlatformOf(parseValues(values)).orchestrator, database);

const unread = { installPlanApproval: undefined, sourceName: undefined };

const plugin = { package: "p@1", integrity: "sha512-x" };

const resources = { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "2", memory: "2Gi" } };

const everything = {
  rhdh: {
    install: false,
    guestProvider: true,
    catalogBranch: "b",
    subscription: { ...subscription, ...unread },
  },
  serverless: { subscription: { ...subscription, ...unread, startingCSV: undefined } },
  serverlessLogic: { subscription },
  plugins: {
    npmRegistry: "https://npm.example.com",
    scope: "@x",
    orchestrator: plugin,
    orchestratorBackend: plugin,
    notifications: plugin,
    notificationsBackend: plugin,
    signals: plugin,
    signalsBackend: plugin,
    notificationsEmail: {
      ...plugin,
      enabled: true,
      port: 25,
      sender: "a@example.com",
      replyTo: "b@example.com",
    },
  },
  platform: { resources, dataIndexImage: "i", jobServiceImage: "j" },
  gitops: { namespace: "gitops" },
  tekton: { pipeline: "operator" },
};

describe("the custom resource", () => {
  it("has no field that the CRD would drop", () => {
    expect(violations(schema, specOf())).toEqual([]);
    expect(violations(schema, specOf(everything))).toEqual([]);
  });

  it("reaches every field of the CRD from the configuration", () => {
    const spec = JSON.parse(JSON.stringify(specOf(everything))) as unknown;
    const at = (path: string) =>
      path
        .split(".")
        .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], spec);
    // The chart reads values for it that it does not have, so that the release fails.
    const broken = (path: string) => path.endsWith(".isReleaseCandidate");
    const unreachable = leaves(schema).filter((path) => !broken(path) && at(path) === undefined);
    // What no chart reads is no setting.
    expect(unreachable).toEqual(
      ["serverlessOperator", "rhdhOperator"].flatMap((part) =>
        Object.keys(unread).map((field) => `${part}.subscription.${field}`),
      ),
    );
  });

  it("sends nothing that was not set, so that the CRD's defaults hold", () => {
    expect(JSON.parse(JSON.stringify(specOf()))).toEqual({
      sonataFlowOperator: { enabled: true },
      serverlessOperator: { enabled: true },
      rhdhOperator: {
        enabled: true,
        secretRef: {
          name: "backstage-backend-auth-secret",
          backstage: { backendSecret: "BACKEND_SECRET" },
          github: {
            token: "GITHUB_TOKEN",
            clientId: "GITHUB_CLIENT_ID",
            clientSecret: "GITHUB_CLIENT_SECRET",
          },
          k8s: { clusterToken: "K8S_CLUSTER_TOKEN", clusterUrl: "K8S_CLUSTER_URL" },
          argocd: { url: "ARGOCD_URL", username: "ARGOCD_USERNAME", password: "ARGOCD_PASSWORD" },
          notificationsEmail: {
            hostname: "NOTIFICATIONS_EMAIL_HOSTNAME",
            username: "NOTIFICATIONS_EMAIL_USERNAME",
            password: "NOTIFICATIONS_EMAIL_PASSWORD",
          },
        },
        subscription: { namespace: "rhdh-operator", targetNamespace: "rhdh-operator" },
      },
      postgres: database,
      orchestrator: { namespace: "sonataflow-infra" },
      tekton: { enabled: false },
      argocd: { enabled: false },
    });
  });

  it("tells the operator of a Developer Hub that it does not install itself", () => {
    expect(specOf({ rhdh: { install: false } })).toHaveProperty("networkPolicy", {
      rhdhNamespace: "rhdh-operator",
    });
    expect(specOf()).not.toHaveProperty("networkPolicy");
  });

  it("leaves the pipeline to the operator only when told to, as both would make the same names", () => {
    const gitops = { namespace: "cd" };
    expect(specOf({ gitops, tekton: {} })).toMatchObject({
      argocd: { enabled: true, namespace: "cd" },
      tekton: { enabled: false },
    });
    expect(specOf({ gitops, tekton: { pipeline: "operator" } })).toMatchObject({ tekton: { enabled: true } });
  });

  it("is added to by the raw overlay, field by field", () => {
    const spec = specOf({ spec: { rhdhOperator: { replicas: 2 }, future: { list: [1], none: null } } });
    expect(spec).toMatchObject({
      rhdhOperator: { enabled: true, replicas: 2, secretRef: { name: "backstage-backend-auth-secret" } },
      future: { list: [1] },
    });
    expect(spec).not.toHaveProperty("future.none");
  });

  it("would be caught with a misspelled field", () => {
    const misspelled = overlay(specOf(), { rhdhOperator: { enableGuestProvidr: true } });
    expect(violations(schema, misspelled)).toEqual([expect.stringContaining("enableGuestProvidr")]);
  });
});
