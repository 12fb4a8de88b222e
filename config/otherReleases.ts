import { dependenciesOf } from "./dependencies";
import { orchestratorPackage } from "./names";
import { sourceOf } from "./operators";
import { parts, profiles, type DirectProfile, type OperatorProfile } from "./profiles";
import type { Settings } from "./settings";

/** Another release, and what comes of it by the same settings. */
export interface OtherRelease {
  readonly version: string;
  readonly subscriptions: readonly {
    readonly name: string;
    readonly channel: string;
    readonly source: string;
    readonly sourceNamespace: string;
    readonly startingCSV?: string | undefined;
  }[];
}

/** The other releases that these settings could install. From one without an operator of its own, none leads back. */
export const otherReleases = (settings: Settings): OtherRelease[] =>
  profiles
    .filter(({ kind }) => kind === "direct" || settings.profile.kind === "operator")
    .filter(({ version }) => version !== settings.profile.version)
    .map((profile) => ({
      version: profile.version,
      subscriptions:
        profile.kind === "operator" ? ofOperator(settings, profile) : ofProgram(settings, profile),
    }));

function ofOperator(settings: Settings, profile: OperatorProfile): OtherRelease["subscriptions"] {
  const { channel = profile.channel, source, sourceNamespace } = settings.operator;
  const { startingCSV } = profile;
  return [
    { name: orchestratorPackage, channel, source, sourceNamespace, startingCSV },
    ...dependenciesOf(settings, profile).map(subscriptionOf),
  ];
}

const ofProgram = (settings: Settings, profile: DirectProfile): OtherRelease["subscriptions"] =>
  parts
    .filter((name) => name !== "rhdh" || settings.rhdh.install)
    .map((name) => sourceOf(settings, profile, name))
    .filter(({ install }) => install)
    .map(subscriptionOf);

const subscriptionOf = ({
  package: name,
  channel,
  source,
  sourceNamespace,
  startingCSV,
}: Omit<OtherRelease["subscriptions"][number], "name"> & { readonly package: string }) => ({
  name,
  channel,
  source,
  sourceNamespace,
  ...(startingCSV !== undefined && { startingCSV }),
});
