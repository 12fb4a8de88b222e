import type { Package, SettingPaths } from "../../config/operators";

/** What an operator is to be, as its Subscription says. */
export interface WantedOperator extends Package, SettingPaths {
  /** The Subscription's spec, by which it is told apart from an earlier one. */
  readonly channel: string;
  readonly source: string;
  readonly sourceNamespace: string;
  readonly approval: "Automatic" | "Manual";
  /** With Manual approval, the version that is wanted; what leads there from an older one is approved. */
  readonly startingCSV?: string | undefined;
  /** The kind that it is there for, in the version that is needed. A version of before may serve others. */
  readonly expectedKind?: { readonly apiVersion: string; readonly kind: string } | undefined;
  /** The operators that come and go with this stack: a version of theirs to which nobody subscribes is its to delete. */
  readonly packages: readonly Package[];
}
