import type { Secrets } from "./parse";
import type { Scalar } from "./schema";
import type { Settings } from "./settings";

/** What is no mistake, but hardly meant, a line each. */
export function warnings(settings: Settings): string[] {
  if (!settings.install || !settings.rhdh.install) return [];
  return [...describeUnread(settings), ...describeLockedOut(settings)];
}

const isGiven =
  ({ secrets, ...settings }: Settings) =>
  (key: keyof Scalar | keyof Secrets): boolean =>
    (({ ...settings, ...secrets }) as Readonly<Record<string, unknown>>)[key] !== undefined;

function describeUnread(settings: Settings): string[] {
  const { profile, plugins } = settings;
  const hasMails = profile.kind === "operator" && plugins?.notificationsEmail?.enabled === true;
  const hasGitlab = profile.kind === "direct" || profile.api !== "v1alpha1";
  const keys = [
    ...(hasMails ? [] : (["emailHostname", "emailUsername", "emailPassword"] as const)),
    ...(hasGitlab ? [] : (["gitlabHost", "gitlabToken"] as const)),
  ].filter(isGiven(settings));
  return keys.length === 0
    ? []
    : [
        `${keys.join(", ")}: in Developer Hub's Secret, but nothing that this stack sets up with Orchestrator ${profile.version} reads it`,
      ];
}

function describeLockedOut(settings: Settings): string[] {
  const { profile, rhdh, spec } = settings;
  const { appConfig } = (spec?.["application"] ?? {}) as { readonly appConfig?: object };
  const ways = ["githubClientId", "gitlabClientId", "oidcMetadataUrl"] as const;
  const isOpen = rhdh.guestProvider === true || ways.some(isGiven(settings)) || appConfig !== undefined;
  return profile.kind === "operator" || isOpen
    ? []
    : [
        "Nobody can log in to Developer Hub: set githubClientId and githubClientSecret, those of GitLab or of OIDC, or name a ConfigMap of yours with a provider: " +
          "pulumi config set --path spec.application.appConfig.configMaps[0].name <name>. For a trial: pulumi config set --path rhdh.guestProvider true",
      ];
}
