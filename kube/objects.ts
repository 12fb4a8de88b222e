/** What identifies one object of the cluster. */
export interface Ref {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly ownerReferences?: readonly {
      readonly apiVersion: string;
      readonly uid: string;
      readonly kind: string;
      readonly name: string;
      readonly controller?: boolean;
    }[];
    readonly managedFields?: readonly {
      readonly manager?: string;
      readonly subresource?: string;
      readonly time?: string;
    }[];
  };
}

/** An entry of `status.conditions`, as most kinds have them. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** The reason and the message, as far as there are any: `NotReady: no ingress`. */
export const reasonOf = ({ reason, message }: Partial<Condition>): string =>
  [reason, message].filter(Boolean).join(": ");

/** How a user would write it: `Namespace orchestrator`, `Secret rhdh-operator/npmrc`. */
export const nameOf = ({ kind, namespace, name }: Ref): string =>
  `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;

/** The names of several, as a list in a sentence. */
export const namesOf = (objects: readonly KubeObject[]): string =>
  objects.map((object) => nameOf(refOf(object))).join(", ");

export const refOf = ({ apiVersion, kind, metadata: { namespace, name } }: KubeObject): Ref => ({
  apiVersion,
  kind,
  namespace,
  name,
});
