/** The values of a Secret, in base64. */
export interface SecretData {
  readonly data?: Readonly<Record<string, string>>;
}

/** Keys whose values name something, and are no secret: without them, a bundle could not be read. */
const naming =
  /user(name)?$|host(name)?$|url$|uri$|database|[-_.]db$|client[-_]?id$|namespace|\.crt$|service-ca|type$/i;

/** Variables that tell a secret by their name. */
const telling = /passw|secret|token|api[-_]?key|credential/i;

/** The shortest text that is hidden: a shorter one is in every other word. */
const shortest = 4;

export const hidden = "[hidden]";

/** Hides the values of Secrets wherever a text has them: as they are, in base64, in a URL, in JSON, and line by line. */
export class Redactor {
  private readonly values: readonly string[];

  constructor(secrets: readonly SecretData[]) {
    const plain = secrets.flatMap(({ data = {} }) =>
      Object.entries(data).flatMap(([key, encoded]) => {
        const value = Buffer.from(encoded, "base64").toString("utf8");
        return [...(naming.test(key) ? [] : [value]), ...passwordOf(value)];
      }),
    );
    const forms = plain.flatMap((value) => [
      value,
      Buffer.from(value).toString("base64"),
      encodeURIComponent(value),
      JSON.stringify(value).slice(1, -1),
      // YAML indents each line of its own.
      ...(value.includes("\n") ? value.split("\n").map((line) => line.trim()) : []),
    ]);
    this.values = [...new Set(forms)]
      .filter((value) => value.trim().length >= shortest && !/^(true|false|null)$/.test(value))
      .sort((a, b) => b.length - a.length);
  }

  redact(text: string): string {
    return this.values.reduce((rest, value) => rest.replaceAll(value, hidden), text);
  }
}

/** Hides every Secret that a text has printed, as JSON or as Go prints a map, whatever is in it. */
export const withoutPrintedSecrets = (text: string): string =>
  text
    .replace(/("(?:data|stringData)"\s*:\s*)\{[^}]*\}/g, `$1{${hidden}}`)
    .replace(/\b(data|stringData):map\[[^\]]*\]/g, `$1:${hidden}`);

/** The password in a URL, such as a database's, as it is there and as it is meant. */
function passwordOf(text: string): string[] {
  const { password = "" } = URL.canParse(text) ? new URL(text) : {};
  return password === "" ? [] : [password, decodeURIComponent(password)];
}

/** An object without what is written into it as a secret, and without what only its managers need. */
export function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== "object" || value === null) return value;
  const { name } = value as { readonly name?: unknown };
  const isTelling = typeof name === "string" && telling.test(name);
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([key]) => key !== "managedFields" && key !== "kubectl.kubernetes.io/last-applied-configuration",
      )
      .map(([key, entry]) => [
        key,
        typeof entry === "string" &&
        (telling.test(key) || (isTelling && key === "value")) &&
        !isReference(key)
          ? hidden
          : cleaned(entry),
      ]),
  );
}

/** What names a Secret, and does not hold one. */
const isReference = (key: string): boolean => /name$|ref$|key$/i.test(key);
