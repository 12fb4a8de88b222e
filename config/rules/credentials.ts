import type { Secrets } from "../parse";
import { directProfiles } from "../profiles";
import type { Scalar } from "../schema";
import type { Rule } from "./rule";

type Credential = keyof Scalar | keyof Secrets;

/** Settings that are of no use without each other. */
const together: readonly (readonly Credential[])[] = [
  ["githubClientId", "githubClientSecret"],
  ["gitlabClientId", "gitlabClientSecret"],
  ["oidcMetadataUrl", "oidcClientId", "oidcClientSecret"],
  ["emailUsername", "emailPassword"],
];

export const credentialsAreComplete: Rule = ({ raw }, report) => {
  const isGiven = (key: Credential) => key in raw.values;
  for (const group of together) {
    const [first] = group.filter(isGiven);
    const missing = group.filter((key) => !isGiven(key));
    if (first !== undefined && missing.length > 0)
      report(first, undefined, `has no effect without ${missing.join(" and ")}`);
  }
  if (isGiven("gitlabToken") && !isGiven("gitlabHost"))
    report("gitlabToken", undefined, "has no effect without gitlabHost");
  if (isGiven("gitlabHost") && !isGiven("gitlabToken") && !isGiven("gitlabClientId"))
    report(
      "gitlabHost",
      undefined,
      "has no effect without gitlabToken, or gitlabClientId and gitlabClientSecret",
    );
};

const keyOf = { github: "githubClientId", gitlab: "gitlabClientId" } as const;

/** Up to 1.8, the sign-in page has room for one. */
export const signInPageOffersEach: Rule = ({ config, settings: { profile } }, report) => {
  const { platform } = config;
  if (platform?.installedBy !== "program" || !platform.developerHub) return;
  const { logins, profile: of } = platform.developerHub;
  if (of.signIn.offersSeveral) return;
  const able = directProfiles.filter(({ signIn }) => signIn.offersSeveral).map(({ version }) => version);
  for (const { provider } of logins.slice(1)) {
    const key = keyOf[provider as keyof typeof keyOf];
    report(
      key,
      undefined,
      `the sign-in page of Developer Hub ${profile.version} offers one provider beside guests, and there is ${logins[0]?.provider ?? ""} already; ${able.join(", ")} offer several`,
    );
  }
};

export const oneTokenForTheCluster: Rule = ({ raw, settings: { clusterAccess, secrets } }, report) => {
  if (clusterAccess.role !== "none" && secrets.clusterToken && raw.values["clusterAccess"] !== undefined) {
    report(
      "clusterAccess",
      undefined,
      "has no effect beside clusterToken; remove one: pulumi config rm clusterAccess",
    );
  }
};

export const secretKeysDiffer: Rule = ({ settings: { rhdhSecret } }, report) => {
  const keys = Object.entries(rhdhSecret.keys);
  for (const [index, [name, key]] of keys.entries()) {
    const twin = keys.slice(0, index).find(([, other]) => other === key);
    if (twin) report(`rhdhSecret.keys.${name}`, key, `is the key of "${twin[0]}" too; each needs its own`);
  }
};
