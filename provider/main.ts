/*
 * This project's own provider. The engine loads it before it reads, changes or deletes anything of a stack that has one of
 * its resources, which is what it is there for: it refuses to be loaded on another cluster. See docs/decisions.md.
 */
import { endWithEngine } from "./engine";
import { serve } from "./server";

endWithEngine();
// One that is idle writes nothing, and would outlive an engine that was killed.
const engine = process.ppid;
setInterval(() => {
  if (process.ppid !== engine) process.exit(1);
}, 1_000).unref();

serve().then(
  // The engine reads the port from the first line.
  (port) => process.stdout.write(`${port}\n`),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
