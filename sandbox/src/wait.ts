import { setTimeout as sleep } from "node:timers/promises";

export interface WaitOptions {
  /** Seconds. @default 120 */
  timeout?: number;
  /** Milliseconds between two looks. @default 250 */
  interval?: number;
  /** Called before each look; throws when waiting has become pointless. */
  check?: () => void;
}

/** Looks until `look` gives something other than `undefined` or `false`. A look that throws has not seen it yet. */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  { timeout = 120, interval = 250, check }: WaitOptions = {},
): Promise<T> {
  const end = Date.now() + timeout * 1000;
  let last: unknown = "nothing seen";
  for (;;) {
    check?.();
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) {
      throw new Error(
        `waited ${timeout} s for ${what}; last: ${last instanceof Error ? last.message : String(last)}`,
      );
    }
    await sleep(interval);
  }
}
