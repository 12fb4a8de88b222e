export const argocdKind = { apiVersion: "argoproj.io/v1beta1", kind: "ArgoCD" } as const;

/** The part of `argoproj.io/v1beta1`, kind ArgoCD, that this program sets: argoproj-labs/argocd-operator, api/v1beta1. */
export interface ArgoCDSpec {
  readonly rbac: { readonly policy: string; readonly defaultPolicy: string; readonly scopes: string };
  readonly sso: {
    readonly provider: "dex";
    readonly dex: { readonly openShiftOAuth: boolean; readonly resources: Resources };
  };
  readonly server: { readonly route: { readonly enabled: boolean }; readonly resources: Resources };
  readonly controller: { readonly resources: Resources };
  readonly repo: { readonly resources: Resources };
  readonly redis: { readonly resources: Resources };
  readonly ha: { readonly enabled: boolean; readonly resources: Resources };
  readonly resourceExclusions: string;
}

interface Resources {
  readonly requests: Quantities;
  readonly limits: Quantities;
}

interface Quantities {
  readonly cpu: string;
  readonly memory: string;
}

const resources = (requests: Quantities, limits: Quantities): Resources => ({ requests, limits });
const small = resources({ cpu: "250m", memory: "128Mi" }, { cpu: "500m", memory: "256Mi" });

/** What a pipeline leaves behind. Argo CD would take each run for something that Git does not know, and remove it. */
const runs = [{ apiGroups: ["tekton.dev"], clusters: ["*"], kinds: ["TaskRun", "PipelineRun"] }];

/** An Argo CD of the size that the documentation of Orchestrator 1.2 gives it. Cluster admins log in as its admins. */
export const argocdSpec: ArgoCDSpec = {
  rbac: { policy: "g, system:cluster-admins, role:admin\n", defaultPolicy: "", scopes: "[groups]" },
  sso: { provider: "dex", dex: { openShiftOAuth: true, resources: small } },
  server: {
    route: { enabled: true },
    resources: resources({ cpu: "125m", memory: "128Mi" }, { cpu: "500m", memory: "256Mi" }),
  },
  controller: { resources: resources({ cpu: "250m", memory: "1Gi" }, { cpu: "2", memory: "2Gi" }) },
  repo: { resources: resources({ cpu: "250m", memory: "256Mi" }, { cpu: "1", memory: "1Gi" }) },
  redis: { resources: small },
  ha: { enabled: false, resources: small },
  // A YAML text; JSON is YAML.
  resourceExclusions: JSON.stringify(runs),
};

/** The part of `argoproj.io/v1alpha1`, kind AppProject, that this program sets. */
export interface AppProjectSpec {
  readonly destinations: readonly Readonly<Record<"name" | "namespace" | "server", string>>[];
  readonly sourceRepos: readonly string[];
}

/** The same that the Orchestrator operator makes up to 1.4. */
export const appProjectSpec: AppProjectSpec = {
  destinations: [{ name: "*", namespace: "*", server: "*" }],
  sourceRepos: ["*"],
};
