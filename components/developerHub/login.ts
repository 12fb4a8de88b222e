import type { DeveloperHubConfig } from "../../config";
import type { Plugin } from "../../config/profiles";

/* How people log in to Developer Hub: redhat-developer/rhdh, docs/auth.md. */

type Login = DeveloperHubConfig["logins"][number];
type Keys = DeveloperHubConfig["secret"]["keys"];

/** How Backstage reads a key of the Secret, which it has in its environment. */
export const env = (key: string) => `\${${key}}`;

/** The sign-in page, and the providers behind it. */
export function loginConfig({ isGuestAllowed, logins, secret }: DeveloperHubConfig) {
  // The sign-in page offers guests only there (packages/app/src/components/SignInPage), and each provider is read of it.
  const environment = isGuestAllowed ? "development" : "production";
  const names = logins.map(({ provider }) => provider);
  const providers = logins.map(
    (login) => [login.provider, { [environment]: providerConfig(login, secret.keys) }] as const,
  );
  return {
    ...(names.length > 0 && { signInPage: names.length === 1 ? names[0] : names }),
    auth: {
      environment,
      // Without sessions, a login that goes by OIDC ends where it comes back from the provider.
      ...(logins.some(isOidc) && { session: { secret: env(secret.keys.sessionSecret) } }),
      providers: {
        ...(isGuestAllowed && { guest: { dangerouslyAllowOutsideDevelopment: true } }),
        ...Object.fromEntries(providers),
      },
    },
  };
}

const isOidc = ({ provider }: Login): boolean => provider === "oidc" || provider === "keycloak";

function providerConfig(login: Login, keys: Keys) {
  switch (login.provider) {
    case "github":
      return client(keys.githubClientId, keys.githubClientSecret, "usernameMatchingUserEntityName");
    case "gitlab":
      return {
        ...client(keys.gitlabClientId, keys.gitlabClientSecret, "usernameMatchingUserEntityName"),
        ...(login.hasHost && { audience: `https://${env(keys.gitlabHost)}` }),
      };
    case "oidc":
      return {
        ...client(keys.oidcClientId, keys.oidcClientSecret, login.resolver),
        metadataUrl: login.metadataUrl,
        prompt: "auto",
      };
    case "keycloak":
      return {
        ...client(keys.oidcClientId, keys.oidcClientSecret, "preferredUsernameMatchingUserEntityName"),
        baseUrl: login.baseUrl,
        realm: login.realm,
        prompt: "auto",
      };
  }
}

const client = (id: string, secret: string, resolver: string) => ({
  clientId: env(id),
  clientSecret: env(secret),
  // The default wants a User of that name in the catalog, which nobody has imported yet.
  signIn: { resolvers: [{ resolver, dangerouslyAllowSignInWithoutUserInCatalog: true }] },
});

/** The plugins that the ways to log in are, where they are such. */
export const loginPlugins = ({ profile, isGuestAllowed, logins }: DeveloperHubConfig): Plugin[] => {
  const { login } = profile.plugins;
  return login
    ? [...(isGuestAllowed ? [login.guest] : []), ...logins.map(({ provider }) => login[provider])]
    : [];
};
