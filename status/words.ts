import { ApiError } from "../kube/requests";
import type { Cluster } from "../kube/cluster";
import type { EndedContainer } from "../tasks/readiness/rollOut";

/** What a container has said of its end. */
export interface Words {
  readonly text: string;
  /** Whether its database is the reason. */
  readonly isDatabase: boolean;
}

/** How much of a log is read: a stack trace of Java has some hundred lines. */
const lines = 400;

/** PostgreSQL (src/backend/libpq/auth.c, src/backend/utils/init/postinit.c), and its drivers pgjdbc and node-postgres. */
const ofDatabase = [
  /(FATAL: +)?password authentication failed for user "[^"]*"/,
  /(FATAL: +)?no pg_hba\.conf entry for [^\n]*/,
  /(FATAL: +)?(database|role) "[^"]*" does not exist/,
  /permission denied to create database/,
  /The server does not support SSL[^\n]*/,
  /Could not open SSL root certificate file [^\n]*/,
  /The hostname \S+ could not be verified by hostnameverifier[^\n]*/,
  /Connection to \S+ refused/,
  /connect ECONNREFUSED \S+:5432/,
];

/** Of TLS in general, and the installer of plugins (redhat-developer/rhdh, docker/install-dynamic-plugins.py). */
const others = [
  /PKIX path building failed[^\n]*/,
  /self-signed certificate in certificate chain/,
  /UnknownHostException: \S+/,
  /getaddrinfo (ENOTFOUND|EAI_AGAIN) \S+/,
  /Error while installing (OCI )?plugin [^\n]*/,
  /No integrity hash provided for Package \S+/,
  /\{\{inherit\}\} tag is set and [^\n]*/,
  /Config key '[^']*' defined differently for [^\n]*/,
];

/**
 * What a container has said before it ended, as far as that is known to tell the cause; undefined where it has said nothing of
 * the kind, or where its log cannot be read. The rest of a log is not told: it may hold secrets.
 */
export async function lastWords(cluster: Cluster, ended: EndedContainer): Promise<Words | undefined> {
  const { pod, container } = ended;
  const log = await logOf(cluster, { pod, container });
  const find = (patterns: readonly RegExp[]) =>
    patterns.flatMap((pattern) => pattern.exec(log)?.[0] ?? [])[0];
  const refused = find(ofDatabase);
  const text = refused ?? find(others);
  return text === undefined
    ? undefined
    : { text: withoutLogin(text.trim()), isDatabase: refused !== undefined };
}

/** Who logs in is part of some addresses. */
const withoutLogin = (text: string): string => text.replace(/:\/\/[^@/\s]*@/g, "://");

async function logOf(
  cluster: Cluster,
  { pod, container }: Pick<EndedContainer, "pod" | "container">,
): Promise<string> {
  try {
    return await cluster.log(pod, { container, lines, isPrevious: true });
  } catch (error) {
    if (error instanceof ApiError) return "";
    throw error;
  }
}
