// edge/pages/build: makes each page one file, the modules that the Worker serves to other pages, and its OpenAPI document. Runs
// on `npm ci` (prepare).

import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { BUNDLE } from "../../client/build.ts";
import { writeOpenApiDocument } from "./openapi-document.ts";
import { PALETTE } from "../../training/report/palette.ts";

const ROOM = fileURLToPath(new URL(".", import.meta.url));
const OUT = join(ROOM, "build");

const PAGES = ["playground", "docs"];
/** As their addresses name them; wrangler takes .txt for text. */
const MODULES = { "client.js": "../../client/element/all.ts", "worker.js": "../../client/local/worker.ts" }; // prettier-ignore

/** Writes edge/pages/build. */
export async function buildPages(): Promise<void> {
  mkdirSync(OUT, { recursive: true });
  await Promise.all([
    ...PAGES.map(async (page) => write(`${page}.html`, await makePage(page))),
    writeOpenApiDocument().then((json) => write("openapi.json.txt", json)),
    ...Object.entries(MODULES).map(async ([name, entry]) => write(`${name}.txt`, await makeModule(entry))), // prettier-ignore
  ]);
}

async function makePage(page: string): Promise<string> {
  const html = readFileSync(join(ROOM, page, "index.html"), "utf8");
  const styles = [join(ROOM, "page.css"), join(ROOM, page, "style.css")];
  const css = await minify(
    [PALETTE, ...styles.map((path) => readFileSync(path, "utf8"))].join("\n"),
  );
  const script = await makeModule(`${page}/main.ts`);
  return html
    .replace(/\n\s*/g, "\n")
    .replace("<style></style>", () => `<style>${css}</style>`)
    .replace('<script type="module"></script>', () => `<script type="module">${script}</script>`);
}

async function makeModule(entry: string): Promise<string> {
  const entryPoints = [join(ROOM, entry)];
  const { outputFiles } = await build({ ...BUNDLE, entryPoints, minify: true, write: false });
  return outputFiles[0]!.text;
}

async function minify(contents: string): Promise<string> {
  const stdin = { contents, loader: "css" as const };
  const { outputFiles } = await build({ stdin, minify: true, write: false, target: "es2022" });
  return outputFiles[0]!.text;
}

/** Whole or not at all: a Worker may be reading it. */
function write(name: string, text: string): void {
  const path = join(OUT, name);
  writeFileSync(`${path}.${process.pid}`, text);
  renameSync(`${path}.${process.pid}`, path);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPages();
