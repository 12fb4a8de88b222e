// Loads a TypeScript file and all that it imports as one file of JavaScript, made anew only after a change: what neither
// the program nor its tasks ever use is not read, let alone compiled, at each start. See docs/decisions.md.
const { mkdirSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } = require("node:fs");
const { basename, join, relative } = require("node:path");

// npm empties that folder whenever it installs, and so whenever a dependency changes.
const cache = join(__dirname, "node_modules", ".cache", "orchestrator");

require.extensions[".ts"] = (module, file) => {
  // Pulumi's SDK takes a stack at each promise, and would map each back to sources that it has no maps of.
  Error.prepareStackTrace = undefined;
  module._compile(bundled(file), file);
};

function bundled(file) {
  const bundle = join(cache, relative(__dirname, file).replaceAll(/\W/g, "-"));
  if (changed(bundle) > newest(__dirname)) return readFileSync(bundle, "utf8");
  const { outputFiles } = require("esbuild").buildSync({
    entryPoints: [file],
    write: false,
    bundle: true,
    platform: "node",
    // The engine's side of the program has loaded the SDK already, and there can be only one, nor of what its protocol is
    // made of.
    external: ["@pulumi/pulumi", "@grpc/grpc-js", "google-protobuf"],
    // For modules that ask where they are, to find others.
    define: { "import.meta.url": "moduleUrl" },
    banner: { js: `const moduleUrl = require("node:url").pathToFileURL(__filename).href;` },
    logLevel: "warning",
  });
  keep(bundle, outputFiles[0].text);
  return outputFiles[0].text;
}

function keep(bundle, text) {
  try {
    mkdirSync(cache, { recursive: true });
    // Under another name first: another process may be about to read it.
    writeFileSync(`${bundle}.${process.pid}`, text);
    renameSync(`${bundle}.${process.pid}`, bundle);
  } catch {
    // A folder that cannot be written to only makes each start take longer.
  }
}

/** When the last of the project's own files was changed. */
function newest(folder) {
  const times = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return /^(\.|node_modules$)/.test(basename(path)) ? 0 : newest(path);
    return /\.ts$/.test(path) ? changed(path) : 0;
  });
  return Math.max(0, ...times);
}

function changed(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
