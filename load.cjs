// Loads a TypeScript file and all that it imports as one file of JavaScript, made anew only after a change: what neither
// the program nor its tasks ever use is not read, let alone compiled, at each start. See docs/decisions.md.
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { join, relative } = require("node:path");

// With these Pulumi's SDK takes functions apart that are to run elsewhere. The program has none, and they are two thirds of
// what the SDK loads.
const late = ["typescript", "@npmcli/arborist"];
const load = Module._load;
Module._load = (request, parent, isMain) => {
  const now = () => load(request, parent, isMain);
  if (!late.includes(request)) return now();
  Module._resolveFilename(request, parent); // where there is none, the SDK wants to know it here
  let loaded;
  // Whoever imports a module as a whole copies it, unless it says that it is one of ECMAScript.
  return new Proxy({}, { get: (_, key) => key === "__esModule" || (loaded ??= now())[key] });
};

// npm empties that folder whenever it installs, and so whenever a dependency changes.
const cache = join(__dirname, "node_modules", ".cache", "orchestrator");

require.extensions[".ts"] = (module, file) => {
  // Pulumi's SDK takes a stack at each promise, and would map each back to sources that it has no maps of.
  Error.prepareStackTrace = undefined;
  module._compile(bundled(file), file);
};

function bundled(file) {
  const bundle = join(cache, relative(__dirname, file).replaceAll(/\W/g, "-"));
  const mark = `// ${digest()}\n`;
  const kept = read(bundle);
  if (kept?.startsWith(mark)) return kept;
  const { outputFiles } = require("esbuild").buildSync({
    entryPoints: [file],
    write: false,
    bundle: true,
    platform: "node",
    // The engine's side of the program has loaded the SDK already, and there can be only one, nor of what its protocol is
    // made of. The Kubernetes client is for one kind of credentials only, and twenty times as big as all else of a task.
    external: ["@pulumi/pulumi", "@grpc/grpc-js", "google-protobuf", "@kubernetes/client-node"],
    // For modules that ask where they are, to find others.
    define: { "import.meta.url": "moduleUrl" },
    banner: { js: `const moduleUrl = require("node:url").pathToFileURL(__filename).href;` },
    logLevel: "warning",
  });
  const text = mark + outputFiles[0].text;
  keep(bundle, text);
  return text;
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

/** What the project's own files hold. When they were changed says little: an archive, or a copy, brings old times along. */
function digest() {
  const hash = createHash("sha256");
  for (const file of [__filename, join(__dirname, "package-lock.json"), ...sources(__dirname)]) {
    hash.update(`${file}\0${read(file) ?? ""}\0`);
  }
  return hash.digest("hex");
}

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return /^(\.|node_modules$)/.test(entry.name) ? [] : sources(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
