import { isSetting } from "../parse";
import type { Rule } from "./rule";

/** What a stack says that installs no platform. */
const forAdded = [
  "install",
  "preflight",
  "existingPlatform",
  "workflowNamespaces",
  "workflows",
  "kubeconfig",
  "context",
];

export const settingsHaveAnEffect: Rule = ({ raw, settings: { install } }, report) => {
  const idle = Object.keys(raw.values).filter((key) =>
    install ? key === "existingPlatform" : isSetting(key) && !forAdded.includes(key),
  );
  for (const key of idle) {
    const why = install ? "with a platform of the stack's own" : "while install is false";
    report(key, undefined, `has no effect ${why}; remove it: pulumi config rm ${key}`);
  }
};
