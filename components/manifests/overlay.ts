type Tree = Readonly<Record<string, unknown>>;

const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Lays one tree over another: structures are merged, anything else replaced; null takes a field out. */
export function overlay<T extends object>(base: T, over: Tree): T {
  const merged = new Map<string, unknown>(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key);
    if (value === null) merged.delete(key);
    else merged.set(key, isTree(value) ? overlay(isTree(below) ? below : {}, value) : value);
  }
  return Object.fromEntries(merged) as T;
}
