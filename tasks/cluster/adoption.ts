import { installationLabel, isReserved, postgresName, workloads } from "../../config/names";
import { nameOf, refOf, type KubeObject, type Ref } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { isUnmarked } from "./mark";
import { subscriptions } from "../operators/olm";

/** An object that a stack is about to make. */
export interface PlannedObject extends Ref {
  /** What it is to be, of the kinds that others may have made otherwise. */
  readonly spec?: object | undefined;
  /** The package of the stack's whose operator makes it. @default - the stack makes it itself */
  readonly by?: string | undefined;
  /** What to do where it is there already. @default - what holds for all */
  readonly hint?: string | undefined;
}

/** An object that is in the way, and what was to be in its place. */
export interface Conflict {
  readonly planned: PlannedObject;
  readonly object: KubeObject;
}

/** What the documented install makes by hand, and a stack can go on with where it is. */
const adoptable: readonly string[] = [
  "OperatorGroup",
  "Subscription",
  "ServiceAccount",
  "Secret",
  "Orchestrator",
];

/** What OLM acts on. A different `startingCSV` means nothing to an operator that is installed. */
const relevantFields: readonly string[] = [
  "name",
  "channel",
  "source",
  "sourceNamespace",
  "installPlanApproval",
];

const isDatabase = ({ planned: { kind, name } }: Conflict) =>
  ["StatefulSet", "Service", "PersistentVolumeClaim"].includes(kind) || name === postgresName;

/** The operator's own namespace, for which there is no other way to say that it is there. */
const isOperators = ({ name }: PlannedObject, conflicts: readonly Conflict[]): boolean =>
  !isReserved(name) &&
  conflicts.some(({ planned }) => planned.kind === "Subscription" && planned.namespace === name);

/** What else is in an operator's namespace that is to be taken over, and would go with it, a line for each namespace. */
export async function describeCrowded(cluster: Cluster, conflicts: readonly Conflict[]): Promise<string[]> {
  const known = conflicts.map(({ planned }) => nameOf(planned));
  const homes = conflicts.filter(
    ({ planned }) => planned.kind === "Namespace" && isOperators(planned, conflicts),
  );
  const found = await Promise.all(
    homes.map(async ({ planned: { name } }) => {
      const lists = await Promise.all(
        [subscriptions, ...workloads].map((kind) =>
          cluster.list(kind, { namespace: name, part: "metadata" }),
        ),
      );
      const others = lists
        .flat()
        .filter(
          ({ metadata: { labels = {}, ownerReferences = [] } }) =>
            !Object.keys(labels).some((key) => key.startsWith("olm.")) &&
            !ownerReferences.some((owner) => owner.controller),
        )
        .map((object) => nameOf(refOf(object)))
        .filter((each) => !known.includes(each));
      return others.length === 0
        ? []
        : [
            `Namespace ${name} is not taken over, since it would be deleted with what else is in it: ${others.join(", ")}. Move that, or the operator`,
          ];
    }),
  );
  return found.flat();
}

/** Why these cannot be taken over, a line each; nothing about those that can. */
export function refusals(conflicts: readonly Conflict[]): string[] {
  const marked = conflicts.filter(({ object }) => !isUnmarked(object));
  const others = conflicts.filter((conflict) => !marked.includes(conflict));
  const database = others.filter(isDatabase);
  const rest = others.filter((conflict) => !isDatabase(conflict));
  return [
    ...marked.map(
      ({ object }) =>
        `${nameOf(refOf(object))} is of another stack, which its label ${installationLabel} names. ` +
        "If that stack is lost, remove the label",
    ),
    ...rest.flatMap(({ planned, object }) => {
      const name = nameOf(refOf(object));
      if (planned.kind === "Namespace")
        return isOperators(planned, others)
          ? []
          : [`${name} is not taken over: a stack owns, and deletes, no namespace that it has not made`];
      if (planned.kind === "ArgoCD")
        return [`${name} cannot be taken over. Use it: pulumi config set --path gitops.install false`];
      if (!adoptable.includes(planned.kind))
        return [`${name} cannot be taken over. Remove it, or name it otherwise`];
      if (planned.kind !== "Subscription") return [];
      const conflicts = differences(planned, object).filter(({ path }) =>
        relevantFields.includes(path.replace("spec.", "")),
      );
      return conflicts.map(
        ({ path, is, wanted }) =>
          `${name} has ${path} ${is}, and would have to have ${wanted}. Change the setting, or the Subscription`,
      );
    }),
    ...(database.length > 0 ? [adviceOnDatabase(database)] : []),
  ];
}

/**
 * A StatefulSet's selector and volumes cannot be changed, and a data directory knows only the password that it was made
 * with. So somebody else's database is used as it is.
 */
function adviceOnDatabase(parts: readonly Conflict[]): string {
  const { namespace = "" } = parts[0]?.planned ?? {};
  const kinds = parts.map(({ planned: { kind } }) => kind).join(", ");
  const secret = parts.find(({ planned: { kind } }) => kind === "Secret")?.object as
    { readonly data?: Readonly<Record<string, string>> } | undefined;
  const set = (key: string, value: string) => `pulumi config set --path externalPostgres.${key} ${value}`;
  // The template of sclorg's images has keys of its own.
  const isTemplate = secret?.data?.["database-user"] !== undefined;
  return [
    `PostgreSQL ${namespace}/${postgresName} (${kinds}) cannot be taken over. Use it as it is, and let its namespace be:`,
    set("serviceName", postgresName),
    set("serviceNamespace", namespace),
    set("existingSecret.name", postgresName),
    ...(isTemplate
      ? [
          set("existingSecret.userKey", "database-user"),
          set("existingSecret.passwordKey", "database-password"),
        ]
      : []),
    "pulumi config set --path namespaces.sonataflow.existing true",
  ].join("\n      ");
}

/** One value that an adoption changes. */
export interface Difference {
  readonly path: string;
  readonly is: string;
  readonly wanted: string;
}

/** What the spec of `object` does not say the way that `made` will. What it has beyond that stays. */
export function differences({ spec }: PlannedObject, object: KubeObject): Difference[] {
  return spec ? compare(spec, (object as { readonly spec?: unknown }).spec, ["spec"]) : [];
}

function compare(wanted: unknown, is: unknown, path: readonly string[]): Difference[] {
  if (wanted === undefined) return [];
  if (typeof wanted === "object" && wanted !== null && !Array.isArray(wanted)) {
    const inner = (is ?? {}) as Readonly<Record<string, unknown>>;
    return Object.entries(wanted).flatMap(([key, value]) => compare(value, inner[key], [...path, key]));
  }
  const say = (value: unknown) => (value === undefined ? "unset" : JSON.stringify(value));
  return say(wanted) === say(is) ? [] : [{ path: path.join("."), is: say(is), wanted: say(wanted) }];
}
