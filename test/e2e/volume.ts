import type { World } from "./world";

/** What a volume remembers of its PostgreSQL; see sandbox/operators/internal/postgres. */
export interface Contents {
  readonly system: string;
  readonly major: string;
  readonly user: string;
  readonly starts: number;
  /** What applications have made. @default - nothing */
  readonly schemas?: Readonly<Record<string, Schema>>;
}

interface Schema {
  /** The version that ran its migrations last. */
  readonly migratedBy?: string;
  readonly rows?: readonly string[];
}

const annotation = "sandbox.orchestrator/postgresql";

export async function contentsOf(world: World, namespace: string, claim: string): Promise<Contents> {
  const { metadata } = await world.json<{ metadata: { annotations: Record<string, string> } }>(
    ...["pv", await volumeOf(world, namespace, claim)],
  );
  return JSON.parse(metadata.annotations[annotation] ?? "null") as Contents;
}

/** Writes rows into a schema that an application has made. */
export async function insert(
  world: World,
  [namespace, claim]: readonly [string, string],
  name: string,
  rows: readonly string[],
): Promise<void> {
  const contents = await contentsOf(world, namespace, claim);
  const schema = contents.schemas?.[name];
  if (!schema) throw new Error(`there is no schema ${name}: ${JSON.stringify(contents)}`);
  const changed = { ...contents, schemas: { ...contents.schemas, [name]: { ...schema, rows } } };
  const volume = await volumeOf(world, namespace, claim);
  await world.kubectl("annotate", "pv", volume, `${annotation}=${JSON.stringify(changed)}`, "--overwrite");
}

async function volumeOf(world: World, namespace: string, claim: string): Promise<string> {
  const { spec } = await world.json<{ spec: { volumeName: string } }>("pvc", claim, "-n", namespace);
  return spec.volumeName;
}
