import { nameOf, refOf, type Condition, type KubeObject } from "../../kube/objects";

export interface Namespace extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** That a namespace is on its way out, and what holds it: `Namespace rhdh is being deleted: Some content … remaining`. */
export function describeLeaving(namespace: Namespace): string {
  const held = (namespace.status?.conditions ?? []).filter(
    ({ type, status }) => status === "True" && /Remaining|Failure/.test(type),
  );
  const why = held.map(({ message = "" }) => message.replace(/\.$/, "")).join("; ");
  return `${nameOf(refOf(namespace))} is being deleted${why && `: ${why}`}`;
}
