/**
 * Ends this program with the engine that runs it. One that is killed cannot stop it, and what Pulumi's SDK then does is
 * log, into a pipe that nobody reads any more, that it could not log: for ever, on a whole processor.
 */
export function endWithEngine(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", () => process.exit(1));
  }
}
