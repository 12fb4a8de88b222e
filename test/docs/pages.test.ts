import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { globSync } from "tinyglobby";
import { describe, expect, it } from "vitest";

const pages = globSync(["**/*.md"], { ignore: ["**/node_modules/**"], dot: true });
const read = (page: string) => readFileSync(page, "utf8");
/** A page without its code, in which brackets mean other things. */
const prose = (page: string) => read(page).replace(/```[\s\S]*?```/g, "");

/** The anchors that GitHub gives to the headings of a page. */
const anchors = (page: string) =>
  [...prose(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );

describe("the pages", () => {
  it("have no dead link among them", () => {
    const links = pages.flatMap((page) =>
      [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => ({ page, link })),
    );
    const dead = links.filter(({ page, link }) => {
      if (/^[a-z]+:/.test(link)) return false;
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? page : normalize(join(dirname(page), path));
      return !existsSync(target) || (anchor !== undefined && !anchors(target).includes(anchor));
    });
    expect(links.length).toBeGreaterThan(50);
    expect(dead).toEqual([]);
  });

  it("begin with a README that is read in a few minutes", () => {
    expect(read("README.md").split("\n").length).toBeLessThan(150);
  });

  it("list each decision once, at the top of their page", () => {
    const [, ...decisions] = [...read("docs/decisions.md").matchAll(/^#+ (.*)$/gm)].map(([, title]) => title);
    const listed = [...read("docs/decisions.md").matchAll(/\[([^\]]+)\]\(#/g)].map(([, title]) => title);
    expect(listed.sort()).toEqual(decisions.sort());
  });

  it("can all be reached from it", () => {
    const readme = read("README.md");
    const guides = pages.filter((page) => page.startsWith("docs/"));
    expect(guides.filter((page) => !readme.includes(`(${page})`))).toEqual([]);
  });
});
