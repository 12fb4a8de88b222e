import type * as k8s from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";

/** The kinds that `@pulumi/kubernetes` does not know, typed by the fields this program sets. */
export interface CustomArgs<Spec> {
  metadata: k8s.types.input.meta.v1.ObjectMeta;
  spec: Input<Spec>;
}
