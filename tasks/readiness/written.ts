import type { KubeObject } from "../../kube/objects";

/**
 * When somebody last wrote an object's status, or all else of it, to the second, as the API server has it; "" where it
 * does not say.
 */
export const lastWritten = ({ metadata }: KubeObject, part: "status" | "spec"): string =>
  (metadata.managedFields ?? [])
    .filter(({ subresource }) => (subresource === "status") === (part === "status"))
    .map(({ time = "" }) => time)
    .sort()
    .at(-1) ?? "";
