const factors: Readonly<Record<string, number>> = {
  ...{ m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** How much a Kubernetes quantity such as `500m` or `2Gi` is, in its unit: cores, bytes. */
export function amountOf(quantity: string): number {
  const [, number, suffix = ""] = /^(.*?)([KMGTPE]i|[mkMGTPE])?$/.exec(quantity) ?? [];
  return Number(number) * (factors[suffix] ?? 1);
}
