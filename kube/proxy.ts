import { BlockList, isIP, isIPv4 } from "node:net";
import { AccessError } from "./kubeconfig";

/*
 * Which proxy a request goes through, as Go's net/http and so client-go decides: golang.org/x/net@v0.47.0,
 * http/httpproxy/proxy.go. The libraries of Node know no networks in NO_PROXY, of which OpenShift's own is full.
 */

/**
 * The proxy that the environment names for a server, in HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
 * @throws AccessError that names the variable that is no URL.
 */
export function environmentProxy(server: URL, env: NodeJS.ProcessEnv): URL | undefined {
  const variable = server.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const proxy = variableOf(env, variable);
  if (proxy === "" || isExempt(server, variableOf(env, "NO_PROXY"))) return undefined;
  const url = parsed(proxy) ?? parsed(`http://${proxy}`);
  if (!url) throw new AccessError(`${variable} is no URL of a proxy`);
  return url;
}

/** Go looks at the large name first. */
const variableOf = (env: NodeJS.ProcessEnv, name: string): string =>
  env[name] || env[name.toLowerCase()] || "";

function parsed(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && url.hostname !== "" ? url : undefined;
}

function isExempt(server: URL, noProxy: string): boolean {
  const host = bare(server.hostname.toLowerCase());
  const port = server.port || (server.protocol === "https:" ? "443" : "80");
  if (host === "localhost" || (isIP(host) !== 0 && loopback.check(host, family(host)))) return true;
  return noProxy.split(",").some((entry) => matches(entry.trim().toLowerCase(), host, port));
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Whether one entry of NO_PROXY means this host: a network, an address, a domain, each with a port or without. */
function matches(entry: string, host: string, port: string): boolean {
  if (entry === "") return false;
  if (entry === "*") return true;
  const [network = "", bits] = entry.split("/");
  if (bits !== undefined && isIP(network) !== 0)
    return isIP(host) !== 0 && contains(network, Number(bits), host);
  const [, name = "", itsPort] = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry) ?? [undefined, entry];
  if (itsPort !== undefined && itsPort !== port) return false;
  const address = bare(name);
  if (isIP(address) !== 0) return isIP(host) !== 0 && contains(address, isIPv4(address) ? 32 : 128, host);
  const domain = name.replace(/^\*\./, ".");
  if (domain === "") return false;
  // `example.com` means itself and what is below it, `.example.com` only the latter.
  return domain.startsWith(".") ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

function contains(network: string, bits: number, host: string): boolean {
  const list = new BlockList();
  const most = isIPv4(network) ? 32 : 128;
  if (!(bits >= 0 && bits <= most)) return false;
  list.addSubnet(network, bits, family(network));
  return list.check(host, family(host));
}

const family = (address: string) => (isIPv4(address) ? "ipv4" : "ipv6");

/** An IPv6 address without its brackets. */
const bare = (host: string): string => host.replace(/^\[(.*)\]$/, "$1");
