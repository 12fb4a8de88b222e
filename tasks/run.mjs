// Runs main.ts, made into one file first wherever that has not been done since the last change. A task loads seven times
// as fast that way: most of what its Kubernetes client brings along is never used. See docs/decisions.md.
import { readdirSync, renameSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const project = dirname(dirname(fileURLToPath(import.meta.url)));
// npm empties that folder whenever it installs, and so whenever a dependency changes.
const bundle = join(project, "node_modules", ".cache", "orchestrator", "tasks.js");

const changed = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const sources = ["tasks", "config"].flatMap((folder) =>
  readdirSync(join(project, folder), { recursive: true }).map((file) => join(project, folder, file)),
);

if (changed(bundle) <= Math.max(...sources.map(changed))) {
  // Under another name first: other tasks may be about to run it.
  const outfile = `${bundle}.${process.pid}`;
  require("esbuild").buildSync({
    entryPoints: [join(project, "tasks", "main.ts")],
    outfile,
    bundle: true,
    platform: "node",
    logLevel: "warning",
  });
  renameSync(outfile, bundle);
}
require(bundle);
