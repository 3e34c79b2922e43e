// cli/build: the program as it is published, in dist/: each module without its types where it stood, the kernels, and the edge's
// bundle. `npm pack` runs it.

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { findWrangler, QUIET_WRANGLER } from "#config/wrangler";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(ROOT, "dist");

/** What is started, and what it starts in threads of its own. */
const ENTRIES = ["cli/afterword.ts", "training/engines/wasm/worker.ts"];
const KERNELS = ["edge.wasm", "training.wasm"];

/** Writes dist/. */
export async function buildProgram(): Promise<void> {
  rmSync(DIST, { recursive: true, force: true });
  for (const path of await findModules()) await writeModule(path);
  for (const name of KERNELS) write(join("kernels/build", name), readFileSync(join(ROOT, "kernels/build", name)));
  writeManifest();
  bundleEdge();
} // prettier-ignore

/** All that the entries import, from this repository. */
async function findModules(): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: ENTRIES,
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    outdir: DIST,
    metafile: true,
    format: "esm",
    platform: "node",
    packages: "external",
    external: ["*.wasm"],
  });
  return Object.keys(metafile.inputs);
}

async function writeModule(path: string): Promise<void> {
  const source = readFileSync(join(ROOT, path), "utf8");
  const { code } = await transform(source, { loader: "ts", format: "esm", target: "es2024" });
  write(path.replace(/\.ts$/, ".js"), code.replaceAll(/(["'])(\.{1,2}\/[^"'\n]+)\.ts\1/g, "$1$2.js$1")); // prettier-ignore
}

/** Its `#room/*` are the rooms beside it. */
function writeManifest(): void {
  const { name, version, imports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    name: string;
    version: string;
    imports: Record<string, string>;
  };
  const built = Object.entries(imports).map(([room, path]) => [room, path.replace(/\.ts$/, ".js")]);
  write("package.json", JSON.stringify({ name, version, type: "module", imports: Object.fromEntries(built) })); // prettier-ignore
} // prettier-ignore

/** As it would be deployed, with a configuration by which wrangler takes it as it is. */
function bundleEdge(): void {
  const config = join(ROOT, "edge/wrangler.jsonc");
  const folder = join(DIST, "edge");
  const words = [findWrangler(), "deploy", "--dry-run", "--config", config, "--outdir", folder];
  execFileSync(process.execPath, words, { env: { ...process.env, ...QUIET_WRANGLER }, stdio: ["ignore", "ignore", "inherit"] }); // prettier-ignore
  for (const name of readdirSync(folder)) {
    if (/\.map$|^README/.test(name)) rmSync(join(folder, name));
  }
  write("edge/wrangler.jsonc", readyMade(readFileSync(config, "utf8")));
}

function readyMade(wranglerJsonc: string): string {
  const main = `"main": "worker.js", "no_bundle": true, "find_additional_modules": true,
  "rules": [{ "type": "CompiledWasm", "globs": ["**/*.wasm"] }, { "type": "Text", "globs": ["**/*.html", "**/*.txt"] }],`;
  const made = wranglerJsonc
    .replace('"main": "worker.ts",', main)
    .replace(/"(?:alias": \{[^}]*\}|minify": true|keep_names": false|upload_source_maps": true),/g, "");
  if (!made.includes(main)) throw new Error('edge/wrangler.jsonc names no "main": "worker.ts"');
  return made;
} // prettier-ignore

function write(path: string, content: string | Uint8Array): void {
  const file = join(DIST, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildProgram();
