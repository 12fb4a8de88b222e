import type { DatabasePlan } from "../../config/database";
import {
  installationLabel,
  keepLabel,
  postgresContents as notes,
  postgresName,
  postgresSecretKeys,
} from "../../config/names";
import { versionOf } from "../../config/postgres";
import { amountOf } from "../../config/quantity";
import { nameOf, refOf, type KubeObject, type Ref } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { emptyIfForbidden } from "../cluster/preflight/finding";

type Server = NonNullable<DatabasePlan["server"]>;

interface Claim extends KubeObject {
  readonly spec: {
    readonly storageClassName?: string;
    /** Absent until there is a volume. */
    readonly volumeName?: string;
    readonly resources: { readonly requests: { readonly storage: string } };
  };
}

interface StatefulSet extends KubeObject {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly { readonly image: string }[];
        readonly volumes?: readonly { readonly persistentVolumeClaim?: { readonly claimName: string } }[];
      };
    };
  };
}

const claimKind = { apiVersion: "v1", kind: "PersistentVolumeClaim" } as const;

/**
 * What a run with these settings would delete or break of the databases that are there, a line each. A claim without a
 * volume holds nothing, and stands in the way of nothing.
 * @param installation The stack's id. @default - it has made nothing yet
 */
export async function describeDatabaseTroubles(
  cluster: Cluster,
  installation: string | undefined,
  wanted: DatabasePlan,
): Promise<string[]> {
  const { namespace, server } = wanted;
  const place: Ref | undefined = server && { ...claimKind, namespace, name: server.claim };
  const [own, used] = await Promise.all([
    installation === undefined ? [] : ownClaims(cluster, installation, namespace),
    place && cluster.get<Claim>(place),
  ]);
  const others = own.filter((claim) => !place || nameOf(refOf(claim)) !== nameOf(place));
  return [
    ...others.filter(hasVolume).flatMap((claim) => losses(claim, wanted)),
    ...(server && used && hasVolume(used)
      ? [
          ...(server.isOwn ? unfit(used, server, await canGrow(cluster, used)) : []),
          ...misfits(used, server, await contentsOf(cluster, used)),
        ]
      : []),
  ];
}

/** The claims that the stack has made, wherever; in the one namespace where the user may not look further. */
async function ownClaims(
  cluster: Cluster,
  installation: string,
  namespace: string,
): Promise<readonly Claim[]> {
  const label = `${installationLabel}=${installation},app.kubernetes.io/instance=${postgresName}`;
  const everywhere = await emptyIfForbidden(cluster.list<Claim>(claimKind, { label }));
  return everywhere.length > 0
    ? everywhere
    : emptyIfForbidden(cluster.list<Claim>(claimKind, { label, namespace }));
}

const hasVolume = ({ spec }: Claim): boolean => spec.volumeName !== undefined;

/** Why a volume that the stack uses no more would be lost. */
function losses(claim: Claim, { namespace, goes, because }: DatabasePlan): string[] {
  const { metadata } = claim;
  const what = `${nameOf(refOf(claim))} has a database in it, and`;
  const isKept = Object.keys(keepLabel).every((key) => metadata.labels?.[key] !== undefined);
  const keep = "pulumi config set --path postgres.keepData true";
  if (!isKept)
    return [
      `${what} would be deleted, since ${because}. To keep it, set that back, run: ${keep} && pulumi up, and only then set it again. ${giveUp(claim)}`,
    ];
  return goes && metadata.namespace === namespace
    ? [`${what} would go with its namespace at the next destroy; keep both with: ${keep}. ${giveUp(claim)}`]
    : [];
}

/** What no claim that is there can be made. */
function unfit(claim: Claim, { storage, storageClass }: Server, grows: boolean): string[] {
  const what = nameOf(refOf(claim));
  const { storageClassName: isClass = "", resources } = claim.spec;
  const is = resources.requests.storage;
  const back = `pulumi config set --path postgres.storage ${is}`;
  return [
    ...(claim.metadata.deletionTimestamp === undefined
      ? []
      : [
          `${what} is being deleted: when its pod restarts, the data is gone. Save it now, before anything else: see "Move or upgrade the database" in docs/guides/database.md`,
        ]),
    ...(storageClass === undefined || storageClass === isClass
      ? []
      : [
          `postgres.storageClass is "${storageClass}", but ${what} has "${isClass}", and the class of a volume cannot be changed; set it back with: pulumi config set --path postgres.storageClass ${isClass}. ${giveUp(claim)}`,
        ]),
    ...(amountOf(storage) < amountOf(is)
      ? [
          `postgres.storage is "${storage}", but ${what} has ${is}, and a volume cannot shrink; set it back with: ${back}. ${giveUp(claim)}`,
        ]
      : amountOf(storage) > amountOf(is) && !grows
        ? [
            `postgres.storage is "${storage}", but ${what} has ${is}, and its StorageClass ${isClass} does not let it grow (allowVolumeExpansion); set it back with: ${back}. ${giveUp(claim)}`,
          ]
        : []),
  ];
}

/** What the data on a volume does not fit: the image would not start on it. */
function misfits(claim: Claim, server: Server, is: Contents): string[] {
  const what = nameOf(refOf(claim));
  const own = server.isOwn ? giveUp(claim) : "Or use another volume: postgres.existingClaim";
  return [
    ...(is.user === undefined || is.user === server.user
      ? []
      : [
          `postgres.user is "${server.user}", but the database in ${what} is of "${is.user}", and has no other; set it back with: pulumi config set --path postgres.user ${is.user}. ${own}`,
        ]),
    ...(is.version === undefined || is.version === server.version
      ? []
      : [
          `postgres.image has PostgreSQL ${server.version}, but the data in ${what} is of version ${is.version}, on which no other starts; take an image of ${is.version}. ${own}`,
        ]),
  ];
}

/** The explicit word: a volume that nobody needs is deleted by hand, never by a setting. */
function giveUp({ metadata: { name, namespace = "" } }: Claim): string {
  return (
    `Who needs the data no more deletes it first: oc scale statefulset ${postgresName} --replicas=0 -n ${namespace} ` +
    `&& oc delete pvc ${name} -n ${namespace} && pulumi up --refresh`
  );
}

async function canGrow(cluster: Cluster, { spec }: Claim): Promise<boolean> {
  const { storageClassName: name } = spec;
  if (name === undefined) return false;
  const found = await emptyIfForbidden(
    cluster
      .get<KubeObject & { readonly allowVolumeExpansion?: boolean }>({
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        name,
      })
      .then((object) => (object ? [object] : [])),
  );
  // Who may not read it is told by the API server.
  return found[0]?.allowVolumeExpansion ?? found.length === 0;
}

/** What is known of the data on a volume. */
interface Contents {
  readonly user?: string | undefined;
  readonly version?: string | undefined;
}

/** As a stack has noted it on the claim that it made; else as the server says that runs on it. */
async function contentsOf(cluster: Cluster, claim: Claim): Promise<Contents> {
  const { annotations = {}, namespace, name } = claim.metadata;
  const noted = { user: annotations[notes.user], version: annotations[notes.version] };
  if (noted.user !== undefined) return noted;
  const place = { namespace, name: postgresName };
  const server = await cluster.get<StatefulSet>({ apiVersion: "apps/v1", kind: "StatefulSet", ...place });
  const pod = server?.spec.template.spec;
  if (!pod?.volumes?.some(({ persistentVolumeClaim: used }) => used?.claimName === name)) return {};
  const secret = await cluster.get<KubeObject & { readonly data?: Readonly<Record<string, string>> }>({
    apiVersion: "v1",
    kind: "Secret",
    ...place,
  });
  const user = secret?.data?.[postgresSecretKeys.user];
  return {
    user: user && Buffer.from(user, "base64").toString("utf8"),
    version: versionOf(pod.containers[0]?.image ?? ""),
  };
}
