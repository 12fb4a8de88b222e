import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";

it("starts what the files hold, whenever these say that they were changed", () => {
  const folder = mkdtempSync(join(tmpdir(), "load-"));
  copyFileSync("load.cjs", join(folder, "load.cjs"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(resolve("node_modules/esbuild"), join(folder, "node_modules/esbuild"));
  const file = join(folder, "say.ts");
  const said = (text: string, changed: Date) => {
    writeFileSync(file, `const text: string = "${text}";\nconsole.log(text);\n`);
    utimesSync(file, changed, changed);
    return execFileSync(process.execPath, ["--require", "./load.cjs", "./say.ts"], {
      cwd: folder,
      encoding: "utf8",
    }).trim();
  };
  expect(said("one", new Date())).toBe("one");
  expect(said("two", new Date("2020-01-01"))).toBe("two");
});

it("loads of Pulumi's SDK what the program uses, and the rest when it is asked for", () => {
  const script = `
    const { runtime } = require("@pulumi/pulumi");
    const isLoaded = (part) => Object.keys(require.cache).some((file) => file.includes(part));
    const state = () => [isLoaded("/typescript/lib/"), isLoaded("/arborist/lib/")];
    const before = state();
    runtime.serializeFunction((text) => text.length).then(({ text }) => {
      const { Arborist } = require("@npmcli/arborist");
      console.log(JSON.stringify([before, state(), text.includes("text.length"), typeof Arborist]));
    });
  `;
  const said = execFileSync(process.execPath, ["--require", "./load.cjs", "--eval", script], {
    encoding: "utf8",
  });
  expect(JSON.parse(said)).toEqual([[false, false], [true, true], true, "function"]);
});
