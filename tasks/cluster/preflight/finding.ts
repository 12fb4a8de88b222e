import { ApiError, isPassing } from "../../../kube/requests";

/** One thing that a look at the cluster has shown, in one line that also says what to do about it. */
export interface Finding {
  /** `unchecked` is what could not be looked at, `adopted` what an `up` will take over. */
  readonly level: "refusal" | "warning" | "unchecked" | "adopted";
  readonly text: string;
}

export const refusal = (text: string): Finding => ({ level: "refusal", text });
export const warning = (text: string): Finding => ({ level: "warning", text });
export const unchecked = (text: string): Finding => ({ level: "unchecked", text });
export const adopted = (text: string): Finding => ({ level: "adopted", text });

/** The findings of one check; where the user may not look, that is all there is to say. */
export async function runCheck(
  what: string,
  check: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await check();
  } catch (error) {
    if (isForbidden(error)) return [unchecked(`${what}, which you may not read`)];
    // Such as an aggregated API whose server is gone. What cannot do without it will say so.
    if (error instanceof ApiError && isPassing(error)) return [unchecked(`${what}: ${error.message}`)];
    throw error;
  }
}

/** What is asked for; where the user may not look, nothing, since that alone is a refusal. */
export async function emptyIfForbidden<T>(answer: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await answer;
  } catch (error) {
    if (isForbidden(error)) return [];
    throw error;
  }
}

const isForbidden = (error: unknown): boolean => error instanceof ApiError && error.code === 403;

/** `a`, `a and b`, `a, b and c`. */
export const and = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
