import type { Secrets } from "../parse";
import type { Scalar } from "../schema";
import type { Rule } from "./rule";

/** Settings of which one is of no use without the other. */
const pairs = [
  ["githubClientId", "githubClientSecret"],
  ["gitlabHost", "gitlabToken"],
  ["emailUsername", "emailPassword"],
] as const satisfies readonly (readonly [keyof Scalar, keyof Secrets])[];

export const credentialsComeInPairs: Rule = ({ raw }, report) => {
  for (const [plain, hidden] of pairs) {
    const [one, other] = [plain in raw.values, hidden in raw.values];
    if (one && !other) report(plain, undefined, `has no effect without ${hidden}`);
    if (other && !one) report(hidden, undefined, `has no effect without ${plain}`);
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
