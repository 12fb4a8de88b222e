import { z } from "zod";
import { isKubeconfig } from "../../kube/kubeconfig";
import { setting, text } from "./types";

const metadataUrl =
  "expected a URL such as https://id.example.com/realms/developers/.well-known/openid-configuration";

/** The settings that hold one text. */
export const scalar = {
  context: setting(text.optional(), "Context of the kubeconfig. Default: its current one."),
  clusterUrl: setting(
    z
      .url({ protocol: /^https$/, error: "expected a URL such as https://api.example.com:6443" })
      .regex(/^\S*$/, "expected a URL without blanks")
      .optional(),
    "URL of the API server for the Kubernetes plugins. Default: what the cluster says of itself.",
  ),
  rotateBackendSecret: setting(
    text.optional(),
    "Any text. Each change of it, and nothing else, generates a new backend secret for Developer Hub.",
  ),
  githubClientId: setting(text.optional(), "Client id of the GitHub OAuth app that people log in with."),
  gitlabHost: setting(text.optional(), "Host name of GitLab."),
  gitlabClientId: setting(
    text.optional(),
    "Application id of the GitLab application that people log in with, at `gitlabHost` or else gitlab.com. From 1.7 on.",
  ),
  oidcMetadataUrl: setting(
    z
      .url({ protocol: /^https$/, error: metadataUrl })
      .regex(/^\S+\/\.well-known\/openid-configuration$/, metadataUrl)
      .optional(),
    "Metadata of the OIDC provider that people log in with: `https://…/.well-known/openid-configuration`. With `/realms/<realm>` before that, it is Keycloak's. From 1.7 on.",
  ),
  oidcClientId: setting(text.optional(), "Client id at the OIDC provider."),
  emailHostname: setting(text.optional(), "Host name of the mail server for notifications."),
  emailUsername: setting(text.optional(), "User at the mail server."),
};

/** Those of them that are kept in plain text in the state. The others go into Developer Hub's Secret, and nowhere else. */
export const plain: readonly string[] = [
  "context",
  "rotateBackendSecret",
  "oidcMetadataUrl",
] satisfies (keyof typeof scalar)[];

/** The settings that hold one secret text: `pulumi config set --secret`. */
export const secret = {
  kubeconfig: setting(
    z
      .string()
      .refine(isKubeconfig, {
        error:
          "expected the contents of a kubeconfig, and no path; for a file, set the variable KUBECONFIG, or: " +
          "pulumi config set --secret kubeconfig < <file>",
      })
      .optional(),
    "Contents of a kubeconfig. Default: what `KUBECONFIG` names in the shell of each run, else `~/.kube/config`, else the pod's ServiceAccount.",
  ),
  clusterToken: setting(
    text.optional(),
    "Token for the Kubernetes plugins of Developer Hub. Default: the program creates one, see `clusterAccess`.",
  ),
  githubToken: setting(
    text.optional(),
    "GitHub token. Without it nobody can log in to Developer Hub with 1.2.",
  ),
  githubClientSecret: setting(text.optional(), "Client secret of the GitHub OAuth app."),
  gitlabToken: setting(text.optional(), "GitLab token."),
  gitlabClientSecret: setting(text.optional(), "Secret of the GitLab application."),
  oidcClientSecret: setting(text.optional(), "Client secret at the OIDC provider."),
  emailPassword: setting(text.optional(), "Password at the mail server."),
  externalPostgresPassword: setting(text.optional(), "Password for `externalPostgres.username`."),
  rhdhPostgresPassword: setting(text.optional(), "Password for `rhdh.externalPostgres.username`."),
};
