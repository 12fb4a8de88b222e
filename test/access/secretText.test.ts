import * as pulumi from "@pulumi/pulumi";
import type * as k8s from "@pulumi/kubernetes";
import { describe, expect, it } from "vitest";
import { dataOf, decoded, textOf } from "../../components/access/secretText";

/** What the SDK hides of an output, and a test has to see. */
interface Inside<T> {
  readonly isSecret: Promise<boolean>;
  promise(): Promise<T>;
}
const inside = <T>(output: pulumi.Output<T>) => output as unknown as Inside<T>;

describe("a value of a Secret that the cluster filled", () => {
  const secret = {
    metadata: pulumi.output({ namespace: "cd", name: "argocd-cluster" }),
    data: pulumi.output({ "admin.password": Buffer.from("planted").toString("base64") }),
  } as unknown as k8s.core.v1.Secret;

  it("is decoded, and secret whatever the provider says", async () => {
    const password = inside(textOf(secret, "admin.password"));
    expect(await password.promise()).toBe("planted");
    expect(await password.isSecret).toBe(true);
  });

  it("that is not there is an error, with no other value in it", () => {
    const values = { "admin.password": Buffer.from("planted").toString("base64") };
    expect(() => decoded(values, "token", "Secret cd/argocd-cluster")).toThrow(
      /^Secret cd\/argocd-cluster has no key token$/,
    );
  });
});

describe("what a Secret is to hold", () => {
  it("is what the cluster would say that it holds, and secret whether its parts are or not", async () => {
    const data = inside(dataOf({ user: "app", password: pulumi.output("planted-ü") }));
    expect(await data.promise()).toEqual({ user: "YXBw", password: "cGxhbnRlZC3DvA==" });
    expect(await data.isSecret).toBe(true);
  });
});
