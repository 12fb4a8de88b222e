type Tree = Readonly<Record<string, unknown>>;

const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

type Named = Tree & { readonly name: string };

/** A list whose entries are told apart by their names, as nearly all lists of Kubernetes are. */
const isNamed = (value: unknown): value is readonly Named[] =>
  Array.isArray(value) && value.every((entry) => isTree(entry) && typeof entry["name"] === "string");

/**
 * Lays one tree over another. Structures are merged, and lists of named entries by these names: those of `base` come
 * first. Anything else is replaced; null takes a field out.
 */
export function overlay<T extends object>(base: T, over: Tree): T {
  const merged = new Map<string, unknown>(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    if (value === null) merged.delete(key);
    else merged.set(key, laidOver(merged.get(key), value));
  }
  return Object.fromEntries(merged) as T;
}

function laidOver(below: unknown, value: unknown): unknown {
  if (isTree(value)) return overlay(isTree(below) ? below : {}, value);
  if (!isNamed(below) || !isNamed(value)) return value;
  const entries = new Map<string, Tree>(below.map((entry) => [entry.name, entry]));
  for (const entry of value) entries.set(entry.name, overlay(entries.get(entry.name) ?? {}, entry));
  return [...entries.values()];
}

/** A field that {@link overlay} would take from `base`. */
export interface Conflict {
  readonly path: readonly (string | number)[];
  /** What `over` has in its place. */
  readonly value: unknown;
}

/** The fields of `base` that `over` takes out or has another value for. */
export function conflicts(base: unknown, over: unknown, path: Conflict["path"] = []): Conflict[] {
  if (base === undefined) return [];
  if (isTree(base) && isTree(over)) {
    return Object.entries(over).flatMap(([key, value]) => conflicts(base[key], value, [...path, key]));
  }
  if (isNamed(base) && isNamed(over)) {
    return over.flatMap((entry, index) =>
      conflicts(
        base.find(({ name }) => name === entry.name),
        entry,
        [...path, index],
      ),
    );
  }
  return base === over ? [] : [{ path, value: over }];
}
