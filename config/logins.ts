import type { DirectProfile } from "./profiles";
import type { Settings } from "./settings";

/**
 * A way to log in to Developer Hub, by the name that Backstage has for its provider: which credentials it takes, but none of
 * their values.
 */
export type Login =
  | { readonly provider: "github" }
  /** `hasHost`: at the GitLab of the setting `gitlabHost`. */
  | { readonly provider: "gitlab"; readonly hasHost: boolean }
  | {
      readonly provider: "oidc";
      readonly metadataUrl: string;
      readonly resolver: DirectProfile["signIn"]["oidcResolver"];
    }
  | { readonly provider: "keycloak"; readonly baseUrl: string; readonly realm: string };

/** In the order in which the sign-in page offers them. */
export function loginsOf(settings: Settings, profile: DirectProfile): Login[] {
  const { githubClientId, gitlabClientId, gitlabHost, oidcMetadataUrl, oidcClientId, secrets } = settings;
  return [
    ...(oidcMetadataUrl !== undefined && oidcClientId !== undefined && secrets.oidcClientSecret
      ? [oidcOf(oidcMetadataUrl, profile)]
      : []),
    ...(githubClientId !== undefined && secrets.githubClientSecret ? [{ provider: "github" } as const] : []),
    ...(gitlabClientId !== undefined && secrets.gitlabClientSecret
      ? [{ provider: "gitlab", hasHost: gitlabHost !== undefined } as const]
      : []),
  ];
}

/** From 2.x on, Keycloak has a provider of its own, which alone knows its user names. */
function oidcOf(metadataUrl: string, { plugins, signIn }: DirectProfile): Login {
  const [, baseUrl, realm] =
    /^(.*)\/realms\/([^/]+)\/\.well-known\/openid-configuration$/.exec(metadataUrl) ?? [];
  return plugins.login && baseUrl !== undefined && realm !== undefined
    ? { provider: "keycloak", baseUrl, realm: decodeURIComponent(realm) }
    : { provider: "oidc", metadataUrl, resolver: signIn.oidcResolver };
}
