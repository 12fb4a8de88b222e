import * as http from "node:http";
import * as https from "node:https";
import * as tls from "node:tls";
import { contentOf, credentialsOf, whyRefused, type Credentials } from "./credentials";
import { AccessError, select, type ClusterEntry, type Target } from "./kubeconfig";
import { environmentProxy } from "./proxy";
import { systemAuthorities } from "./trust";

/** The address of an API server, and what each request to it needs. */
export interface Access {
  readonly server: string;
  /** @param refused - the options of a request whose credentials were refused; they are got anew */
  options(refused?: https.RequestOptions): Promise<https.RequestOptions>;
  /** What there is to say where the credentials are refused. */
  whyRefused(): Promise<string>;
}

const keeping = { keepAlive: true, maxSockets: 8 } as const;

/**
 * The way to a cluster, the same that the provider and `oc` would go.
 * @throws AccessError that says what is wrong with the kubeconfig.
 */
export function accessTo(target: Target, env: NodeJS.ProcessEnv): Access {
  const selection = select(target, env);
  const { server, cluster } = selection;
  if (!URL.canParse(server)) throw new AccessError(`the kubeconfig's server ${server} is no URL`);
  const url = new URL(server);
  const proxy = proxyOf(url, cluster, env);
  const secure = url.protocol === "https:" ? trustOf(url, cluster, env) : undefined;

  let known: Promise<Credentials & { readonly options: https.RequestOptions }> | undefined;
  const connect = async () => {
    const credentials = await credentialsOf(selection);
    const { cert, key, headers } = credentials;
    const tlsOptions = secure && {
      ...secure.options,
      secureContext: tls.createSecureContext({ ca: secure.authorities, cert, key }),
    };
    return { ...credentials, options: { ...tlsOptions, headers, agent: await agentOf(url, proxy) } };
  };
  return {
    server,
    options: async (refused) => {
      const before = known;
      const had = await before;
      const isOld =
        had && (had.options === refused || (had.expires !== undefined && had.expires < Date.now()));
      // Of many requests that are refused at once, the first gets new credentials for all.
      if (isOld && known === before) known = undefined;
      const asked = (known ??= connect());
      // What has failed is tried again by the next request.
      asked.catch(() => (known = undefined));
      return (await asked).options;
    },
    whyRefused: async () => whyRefused((await known)?.cert),
  };
}

/** Connections are kept for as long as the credentials that they were made with. */
async function agentOf({ protocol }: URL, proxy: URL | undefined): Promise<http.Agent> {
  // Loaded where they are needed: each task is a process of its own.
  if (proxy?.protocol.startsWith("socks") === true)
    return new (await import("socks-proxy-agent")).SocksProxyAgent(proxy, keeping);
  if (proxy) return new (await import("https-proxy-agent")).HttpsProxyAgent(proxy, keeping);
  return protocol === "https:" ? new https.Agent(keeping) : new http.Agent(keeping);
}

/** The kubeconfig's proxy counts for every address, that of the environment for none on this machine. */
function proxyOf(server: URL, cluster: ClusterEntry, env: NodeJS.ProcessEnv): URL | undefined {
  const { "proxy-url": given = "" } = cluster;
  if (given === "") return environmentProxy(server, env);
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (!url || !/^(https?|socks5h?):$/.test(url.protocol)) {
    throw new AccessError("the kubeconfig's proxy-url is no URL with http, https or socks5");
  }
  return url;
}

function trustOf(server: URL, cluster: ClusterEntry, env: NodeJS.ProcessEnv) {
  const ca = contentOf(cluster["certificate-authority-data"], cluster["certificate-authority"]);
  const insecure = cluster["insecure-skip-tls-verify"] === true;
  // As client-go, lest the program go where the provider will not.
  if (ca && insecure) {
    throw new AccessError(
      "the kubeconfig has a certificate-authority beside insecure-skip-tls-verify; remove one of the two",
    );
  }
  const name = cluster["tls-server-name"];
  const hostname = name ?? server.hostname.replace(/^\[(.*)\]$/, "$1");
  return {
    authorities: ca ?? (insecure ? undefined : systemAuthorities(env)),
    options: {
      rejectUnauthorized: !insecure,
      ...(name !== undefined && { servername: name }),
      // Behind a proxy, Node would compare with the proxy's name where the server is an address.
      checkServerIdentity: (_: string, certificate: tls.PeerCertificate) =>
        tls.checkServerIdentity(hostname, certificate),
    },
  };
}
