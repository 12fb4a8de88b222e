import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/**
 * A namespace of the stack's own. The engine only asks for its removal, and goes on: it deletes in steps, and a namespace, which
 * takes 5 to 10 seconds to go, would hold up each of them. The last sweep waits for all of them together.
 */
export const stackNamespace = (
  name: string,
  metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> },
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Namespace =>
  new k8s.core.v1.Namespace(
    name,
    { metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } } },
    opts,
  );
