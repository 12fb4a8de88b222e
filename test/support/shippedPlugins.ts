/** What a release of Developer Hub has of the plugins that this program enables. */
export interface Shipped {
  /** Folders below `dynamic-plugins/dist`: redhat-developer/rhdh, dynamic-plugins/wrappers, in each patch of the release. */
  readonly folders: readonly string[];
  /** Repositories of OCI references in its list: dynamic-plugins.default.yaml; for 1.10, that of the catalog index. */
  readonly listed: readonly string[];
  /** Images in its list, by their last name. */
  readonly names: readonly string[];
  /** Images that are made for it, in no list: rhdh-plugin-export-overlays, metadata of its workspaces, dynamicArtifact. */
  readonly published: readonly string[];
}

const always = [
  "backstage-plugin-kubernetes",
  "backstage-plugin-kubernetes-backend-dynamic",
  "backstage-plugin-scaffolder-backend-module-github-dynamic",
  "backstage-plugin-scaffolder-backend-module-gitlab-dynamic",
  "backstage-community-plugin-topology",
  "backstage-community-plugin-rbac",
];
const roadie = [
  "roadiehq-backstage-plugin-argo-cd-backend-dynamic",
  "roadiehq-scaffolder-backend-argocd-dynamic",
];
const upTo1_8: Shipped = {
  folders: [
    ...always,
    ...roadie,
    "backstage-community-plugin-redhat-argocd",
    "backstage-community-plugin-tekton",
  ],
  listed: [],
  names: [],
  published: [],
};
const product = "registry.access.redhat.com/rhdh/red-hat-developer-hub-backstage-plugin-";
const orchestrator = [
  `${product}orchestrator`,
  `${product}orchestrator-backend`,
  `${product}orchestrator-form-widgets`,
  `${product}scaffolder-backend-module-orchestrator`,
];
const overlays = "ghcr.io/redhat-developer/rhdh-plugin-export-overlays";

const argocd = [
  `${overlays}/backstage-community-plugin-argocd:bs_1.49.4__2.8.0`,
  `${overlays}/backstage-community-plugin-argocd-backend:bs_1.49.4__1.4.0`,
];

export const shipped: Readonly<Record<string, Shipped>> = {
  "1.7": upTo1_8,
  "1.8": upTo1_8,
  "1.9": {
    folders: [...always, ...roadie, "backstage-community-plugin-tekton"],
    listed: [
      ...orchestrator,
      `${overlays}/backstage-community-plugin-argocd`,
      `${overlays}/backstage-community-plugin-argocd-backend`,
    ],
    names: [],
    published: [],
  },
  "1.10": {
    folders: always,
    listed: [
      ...orchestrator,
      `${overlays}/backstage-community-plugin-tekton`,
      `${overlays}/roadiehq-backstage-plugin-argo-cd-backend`,
      `${overlays}/roadiehq-scaffolder-backend-argocd`,
    ],
    names: [],
    // Branch release-1.10.
    published: argocd,
  },
  "2.1": {
    // Red Hat Developer Hub 2.1, "Dynamic plugins": the wrappers are gone from the image.
    folders: [],
    listed: [],
    names: [
      // Branch catalog-index-main, catalog-index/supported/dynamic-plugins.default.yaml.
      "backstage-plugin-kubernetes",
      "backstage-plugin-kubernetes-backend",
      "backstage-plugin-scaffolder-backend-module-github",
      ...orchestrator.map((repository) => repository.replace(/^.*\//, "")),
      "backstage-community-plugin-rbac",
      "backstage-community-plugin-auth-backend-module-keycloak-provider",
      // Red Hat Developer Hub 2.1, "Enable authentication with GitHub".
      "backstage-plugin-auth-backend-module-github-provider",
    ],
    // Branch main at 8582b8cd: workspaces argocd, roadie-backstage-plugins and tekton.
    published: [
      ...argocd,
      `${overlays}/roadiehq-scaffolder-backend-argocd:bs_1.49.4__1.8.1`,
      `${overlays}/backstage-community-plugin-tekton:bs_1.52.0__3.41.0`,
      // redhat-developer/rhdh at fadb2c2f0, .ci/pipelines/value_files/values_showcase.yaml; GitLab's is of the same Backstage.
      `${overlays}/backstage-plugin-auth-backend-module-guest-provider:bs_1.52.0__0.2.20`,
      `${overlays}/backstage-plugin-auth-backend-module-oidc-provider:bs_1.52.0__0.4.17`,
      `${overlays}/backstage-plugin-auth-backend-module-gitlab-provider:bs_1.52.0__0.4.4`,
    ],
  },
};
