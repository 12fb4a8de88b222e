import { z } from "zod";
import { versions, whyUnsupported } from "../profiles";
import { amountOf } from "../quantity";

/* What settings are made of. A check of one value says what would be right. */

export const setting = <T extends z.ZodType>(type: T, description: string): T => type.describe(description);

export const dnsLabel = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    'expected a name such as "sonataflow-infra" (a-z, 0-9 and "-")',
  );
export const objectName = z
  .string()
  .max(253, "expected a name of at most 253 characters")
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    'expected a name such as "my-secret" (a-z, 0-9, "-" and ".")',
  );
export const secretKey = z
  .string()
  .regex(
    /^[-._a-zA-Z0-9]{1,253}$/,
    'expected a Secret key such as "GITHUB_TOKEN" (letters, digits, "-", "_", ".")',
  );
/** A key that becomes a variable of Developer Hub's environment: Kubernetes leaves others out, without a word. */
export const variable = z
  .string()
  .regex(
    /^[a-zA-Z_][a-zA-Z0-9_]{0,252}$/,
    'expected the name of an environment variable such as "GITHUB_TOKEN" (letters, digits, "_")',
  );
/** A number is what `pulumi config set --path` makes of `2`. */
export const quantityOf = (number: z.ZodType<number, number>) => {
  const expected = { error: 'expected a Kubernetes quantity such as "500m" or "2Gi"', abort: true };
  return z.union(
    [
      z.string().regex(/^([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[mkMGTPE]|[eE][-+]?[0-9]+)?$/, expected),
      number.transform(String),
    ],
    expected.error,
  );
};
export const quantity = quantityOf(z.number().min(0));
export const memory = quantity.refine(
  (amount) => !amount.endsWith("m"),
  'expected bytes such as "512Mi"; "m" stands for thousandths',
);
export const storage = memory.refine((amount) => amountOf(amount) > 0, "expected more than nothing");
export const text = z
  .string()
  .min(1, { error: "expected a text that is not empty", abort: true })
  .regex(
    /^(?!\s)[^\p{Cc}]*(?<!\s)$/u,
    "expected a text without blanks at its ends, line ends and other control characters",
  );
export const minutes = z
  .int("expected a whole number of minutes")
  .min(1, "expected at least 1 minute")
  .max(10_080, "expected at most 10080 minutes, a week");
export const approval = z.enum(["Automatic", "Manual"]);
export const release = z.enum(versions, { error: ({ input }) => whyUnsupported(input) }).default("1.2");

export const computeResources = z.strictObject({
  cpu: setting(quantity.optional(), "CPU, as a Kubernetes quantity."),
  memory: setting(memory.optional(), "Memory, as a Kubernetes quantity."),
});
