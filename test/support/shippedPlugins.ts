/** What a release of Developer Hub has of the plugins that this program enables. */
export interface Shipped {
  /** Folders below `dynamic-plugins/dist`: redhat-developer/rhdh, dynamic-plugins/wrappers, in each patch of the release. */
  readonly folders: readonly string[];
  /** Repositories of OCI references in its list: dynamic-plugins.default.yaml; for 1.10, that of the catalog index. */
  readonly listed: readonly string[];
}

const always = [
  "backstage-plugin-kubernetes",
  "backstage-plugin-kubernetes-backend-dynamic",
  "backstage-plugin-scaffolder-backend-module-github-dynamic",
  "backstage-plugin-scaffolder-backend-module-gitlab-dynamic",
  "backstage-community-plugin-topology",
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
};
const product = "registry.access.redhat.com/rhdh/red-hat-developer-hub-backstage-plugin-";
const orchestrator = [
  `${product}orchestrator`,
  `${product}orchestrator-backend`,
  `${product}orchestrator-form-widgets`,
  `${product}scaffolder-backend-module-orchestrator`,
];
const overlays = "ghcr.io/redhat-developer/rhdh-plugin-export-overlays";

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
  },
  "1.10": {
    folders: always,
    listed: [
      ...orchestrator,
      `${overlays}/backstage-community-plugin-tekton`,
      `${overlays}/roadiehq-backstage-plugin-argo-cd-backend`,
      `${overlays}/roadiehq-scaffolder-backend-argocd`,
    ],
  },
};
