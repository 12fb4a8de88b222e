import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** One value of a Secret that the cluster filled, decoded, as a secret. */
export function textOf(secret: k8s.core.v1.Secret, key: string): pulumi.Output<string> {
  const data = pulumi.secret(secret.data);
  return pulumi.all([data, secret.metadata]).apply(([values, { namespace, name }]) => {
    return decoded(values, key, `Secret ${namespace}/${name}`);
  });
}

/** @throws pulumi.RunError that names the missing key, and never shows a value. */
export function decoded(values: Readonly<Record<string, string>>, key: string, of: string): string {
  const value = values[key];
  if (value === undefined) throw new pulumi.RunError(`${of} has no key ${key}`);
  return Buffer.from(value, "base64").toString("utf8");
}

/** The `data` of a Secret that holds these texts, as a secret. */
export const dataOf = (texts: Readonly<Record<string, pulumi.Input<string>>>): pulumi.Output<SecretData> =>
  pulumi.secret(pulumi.output({ ...texts }).apply(encoded));

/** Keys and values of a Secret, the values in base64. */
export type SecretData = Readonly<Record<string, string>>;

const encoded = (texts: Readonly<Record<string, string>>): SecretData =>
  Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text, "utf8").toString("base64")]),
  );
