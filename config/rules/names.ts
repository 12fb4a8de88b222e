import type { Rule } from "./rule";

/** Names that others are made of, some of which may be shorter than a name. */
export const namesAreShortEnough: Rule = ({ settings }, report) => {
  const { install, profile, orchestrator, rhdh, gitops, namespaces } = settings;
  const checkLength = (key: string, name: string, longest: number, why: string) => {
    if (name.length > longest) report(key, name, `expected at most ${longest} characters: ${why}`);
  };
  if (!install) return;
  if (profile.kind === "operator")
    checkLength("orchestrator.name", orchestrator.name, 53, "the operator makes a Helm release of this name");
  if (rhdh.install) {
    // A StatefulSet's pods have its name and a hash of ten digits in a label, which ends at 63.
    checkLength(
      "rhdh.name",
      rhdh.name,
      52 - "backstage-psql-".length,
      "its database is the StatefulSet backstage-psql-<name>",
    );
    const host = `backstage-${rhdh.name}-${namespaces.rhdh.name}`;
    if (host.length > 63)
      report(
        "rhdh.name",
        rhdh.name,
        `makes the host name ${host}, with namespaces.rhdh.name, which may have 63 characters`,
      );
  }
  if (gitops?.install && gitops.instance !== undefined)
    checkLength(
      "gitops.instance",
      gitops.instance,
      52 - "-application-controller".length,
      "its controller is the StatefulSet <name>-application-controller",
    );
};
