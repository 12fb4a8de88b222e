import { postgresClaim } from "./names";
import { postgresVersion } from "./postgres";
import type { Settings } from "./settings";

/** What the stack has of a reference database, for the check that no existing one is lost or broken by it. */
export interface DatabasePlan {
  /** The namespace of the platform's services. */
  readonly namespace: string;
  /** A destroy deletes that namespace, and with it the volumes in it. */
  readonly goes: boolean;
  /** The setting on account of which the stack's volume would be another, or none. */
  readonly because: string;
  /** @default - the stack has no database of its own */
  readonly server?: {
    /** Its PersistentVolumeClaim. */
    readonly claim: string;
    /** The stack makes the claim. */
    readonly isOwn: boolean;
    readonly user: string;
    /** The major version of PostgreSQL. */
    readonly version: string;
    /** A Kubernetes quantity. */
    readonly storage: string;
    /** @default - whichever the volume has */
    readonly storageClass?: string | undefined;
  };
}

export function planDatabase(settings: Settings): DatabasePlan {
  const { install, namespaces, postgres, externalPostgres: external } = settings;
  const { name: namespace, existing } = namespaces.sonataflow;
  const { existingClaim, keepData } = postgres;
  const because = !install
    ? "install is false"
    : external
      ? "externalPostgres is set"
      : existingClaim !== undefined
        ? `postgres.existingClaim is "${existingClaim}"`
        : `namespaces.sonataflow.name is "${namespace}"`;
  return {
    namespace,
    goes: install && !existing && !keepData,
    because,
    ...(install &&
      !external && {
        server: {
          claim: postgresClaim(existingClaim),
          isOwn: existingClaim === undefined,
          user: postgres.user,
          version: postgresVersion(postgres),
          storage: postgres.storage,
          storageClass: postgres.storageClass,
        },
      }),
  };
}
