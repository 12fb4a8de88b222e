import { describe, expect, it } from "vitest";
import { cleaned, Redactor, withoutPrintedSecrets } from "../../kube/redactor";

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("what is hidden", () => {
  it("is the password in a URL, whatever its key is called", () => {
    const redactor = new Redactor([{ data: { uri: base64("postgresql://hub:p%40nted@db:5432/hub") } }]);
    expect(redactor.redact("hub:p%40nted@db and p@nted")).toBe("hub:[hidden]@db and [hidden]");
  });

  it("is not what names a Secret", () => {
    expect(cleaned({ secretName: "a", tokenSecretRef: "b", authSecret: { name: "c" }, token: "d" })).toEqual({
      secretName: "a",
      tokenSecretRef: "b",
      authSecret: { name: "c" },
      token: "[hidden]",
    });
  });

  it("is every Secret that is printed, also one that nobody has read", () => {
    expect(withoutPrintedSecrets('{"data": {"A":"c2VjcmV0"}} data:map[B:c2VjcmV0]')).toBe(
      '{"data": {[hidden]}} data:[hidden]',
    );
  });
});
