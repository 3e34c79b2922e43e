// What the papers say of this repository is there: files, folders, npm scripts and links.

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const PAPERS = ["ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"];
const PATH = /`([\w.@-]+(?:\/[\w.@-]+)*\/?)`/g; // in backticks, e.g. `model/tensors.ts`, `edge/`
const SCRIPT = /`npm run (?:-s )?([\w:]+)/g;
const LINK = /\]\(([^)#:]+)(?:#[^)]*)?\)/g;

const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
  scripts: Record<string, string>;
};

describe.each(PAPERS)("%s", (paper) => {
  const text = readFileSync(paper, "utf8");

  it("names only files and folders that exist", () => {
    const paths = [...text.matchAll(PATH)]
      .map(([, path]) => path!)
      .filter((path) => path.includes("/") || /\.(ts|md|json|jsonc)$/.test(path));
    const missing = paths.filter((path) => !path.startsWith("@") && !existsSync(path));
    expect(missing).toEqual([]);
  });

  it("names only npm scripts that exist", () => {
    const named = [...text.matchAll(SCRIPT)].map(([, name]) => name!);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  it("links only to files that exist", () => {
    const links = [...text.matchAll(LINK)].map(([, link]) => link!);
    expect(links.filter((link) => !existsSync(link))).toEqual([]);
  });
});
