import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

/** A short text that is another one for another value. */
export const digestOf = (value: object): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 12);

/**
 * A short text that is another one when this program makes something else of an object, or makes it anew. Its generation is
 * not that: operators write into specs, too.
 */
export const versionOf = (
  object: { readonly metadata: pulumi.Output<{ readonly uid?: string }> },
  spec: pulumi.Input<object>,
): pulumi.Output<string> =>
  pulumi.all([object.metadata.apply(({ uid }) => uid), spec]).apply((all) => digestOf(all));
