// client/build: makes the package in client/dist: a module for each of its entries, what they share beside them, and their types.

import { execFileSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { BuildOptions } from "esbuild";

const ROOM = fileURLToPath(new URL(".", import.meta.url));
const DIST = join(ROOM, "dist");

/** What all modules of the client are made with, for the pages too. */
export const BUNDLE = {
  bundle: true,
  format: "esm",
  target: "es2022",
  loader: { ".wasm": "binary" },
  absWorkingDir: ROOM,
  legalComments: "none",
} as const satisfies BuildOptions;

const ENTRIES = {
  index: "index.ts",
  element: "element/index.ts",
  local: "local/index.ts",
  react: "react/index.ts",
  codemirror: "codemirror/index.ts",
  prosemirror: "prosemirror/index.ts",
};

/** Declarations of other rooms that the client's interface speaks of. */
const OTHER_TYPES = ["inference/acceptance.d.ts"];

/**
 * Writes client/dist.
 *
 * @example
 * await buildClient(); // client/dist has index.js, element.js, worker.js, types/ …
 */
export async function buildClient(): Promise<void> {
  rmSync(DIST, { recursive: true, force: true });
  const external = ["react", "@codemirror/*", "prosemirror-*"];
  await build({ ...BUNDLE, entryPoints: ENTRIES, outdir: DIST, splitting: true, external, chunkNames: "shared/[name]-[hash]" }); // prettier-ignore
  await build({ ...BUNDLE, entryPoints: { worker: "local/worker.ts" }, outdir: DIST });
  copyFileSync(join(ROOM, "../kernels/build/edge.wasm"), join(DIST, "edge.wasm"));
  writeTypes();
}

function writeTypes(): void {
  const tsc = join(createRequire(import.meta.url).resolve("typescript/package.json"), "../bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", join(ROOM, "tsconfig.build.json")], { stdio: "inherit" }); // prettier-ignore
  const folder = join(DIST, "types");
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".d.ts")) continue;
    const path = join(folder, name);
    const text = readFileSync(path, "utf8");
    const isOfInterface = name.startsWith("client/") || OTHER_TYPES.includes(name);
    if (!isOfInterface || text.includes('"#')) rmSync(path);
    else writeFileSync(path, text.replaceAll(/(from ["']\.[^"']+)\.ts(["'])/g, "$1.js$2"));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildClient();
