import { existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import * as tls from "node:tls";
import { AccessError } from "./kubeconfig";

/*
 * Whose certificates are trusted where a kubeconfig names no authority: the system's, as with client-go, which leaves it to
 * Go's crypto/x509. Node has authorities of its own instead.
 */

/** Where Linux systems keep them, the first that is there counts: go1.25, src/crypto/x509/root_linux.go. */
const bundles = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/tls/cacert.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/**
 * The authorities of the system, in PEM: those of SSL_CERT_FILE and SSL_CERT_DIR where these are set; Node's own where the system has
 * none. Those of NODE_EXTRA_CA_CERTS count too.
 */
export function systemAuthorities(env: NodeJS.ProcessEnv): string[] {
  const system = process.platform === "linux" ? ofLinux(env) : (certificatesOf?.("system") ?? []);
  const extra = env["NODE_EXTRA_CA_CERTS"];
  return [...(system.length > 0 ? system : tls.rootCertificates), ...(extra ? contentOf([extra]) : [])];
}

/** Since Node 22.15. */
const certificatesOf = (tls as { readonly getCACertificates?: (type: "system") => string[] })
  .getCACertificates;

function ofLinux(env: NodeJS.ProcessEnv): string[] {
  const { SSL_CERT_FILE: file = "", SSL_CERT_DIR: folders = "" } = env;
  const first = bundles.find((path) => existsSync(path));
  const inFolders = folders
    .split(delimiter)
    .filter((folder) => folder !== "" && existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  return contentOf([...(file !== "" ? [file] : first !== undefined ? [first] : []), ...inFolders]);
}

/** What cannot be read is passed over, as by Go. */
function contentOf(files: readonly string[]): string[] {
  return files.flatMap((file) => {
    try {
      const text = readFileSync(file, "utf8");
      return text.includes("-----BEGIN CERTIFICATE-----") ? [text] : [];
    } catch {
      return [];
    }
  });
}

const distrusted = [
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
];

/** What is wrong with a certificate of a known authority, by Node's codes: those of OpenSSL, doc/man3/X509_STORE_CTX_get_error.pod. */
const unusable: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED:
    "the API server's certificate, or that of its authority, has expired. It has to be renewed on the cluster; look at the clock of this machine, too",
  CERT_NOT_YET_VALID: "the API server's certificate is not valid yet. Look at the clock of this machine",
};

/** An error of a connection, with what can be done about it, where the certificate is the reason. */
export function explained(error: Error): Error {
  const { code } = error as NodeJS.ErrnoException;
  const reason = code === undefined ? undefined : unusable[code];
  if (reason !== undefined) return new AccessError(`${error.message}: ${reason}`, { cause: error });
  if (code === undefined || !distrusted.includes(code)) return error;
  return new AccessError(
    `${error.message}: no trusted authority has signed the API server's certificate. Name its authority as certificate-authority in the ` +
      "kubeconfig, or add it to those of the system, or of SSL_CERT_FILE",
    { cause: error },
  );
}
