import { pathOf } from "../mistakes";
import { conflicts } from "../overlay";
import { isReleaseKnown } from "./release";
import type { Rule } from "./rule";

/** What the program says itself is what the rest of the stack relies on: Developer Hub's Secret, the database. */
export const specOnlyAdds: Rule = (checked, report) => {
  const { config, settings, ownSpec } = checked;
  const { spec } = settings;
  const own = config.platform && ownSpec(config.platform);
  if (spec === undefined || own === undefined || !isReleaseKnown(checked)) return;
  for (const { path, value } of conflicts(own, spec)) {
    report(
      pathOf("spec", path),
      value,
      "is what this program sets itself; spec adds to that, and each other field has a setting of its own",
    );
  }
  if (config.platform?.installedBy !== "program") return;
  // A variable that is given alone counts before those of a Secret.
  const { extraEnvs } = (spec["application"] ?? {}) as {
    readonly extraEnvs?: { readonly envs?: unknown } | null;
  };
  const envs = Array.isArray(extraEnvs?.envs) ? (extraEnvs.envs as { readonly name?: unknown }[]) : [];
  for (const [index, { name }] of envs.entries()) {
    const setting = Object.entries(settings.rhdhSecret.keys).find(([, key]) => key === name);
    if (setting)
      report(
        `spec.application.extraEnvs.envs[${index}].name`,
        name,
        `is what Developer Hub's Secret has under that key; choose another for one of the two: rhdhSecret.keys.${setting[0]}`,
      );
  }
};
