// infra/worker-upload: the edge Worker as wrangler bundles it, as one file that uploads it. Uploads nothing.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CloudflareConfig } from "#config/project";
import { readForm, writeForm } from "./edge-worker/upload.ts";
import type { WorkerForm } from "./edge-worker/upload.ts";
import { PROJECT_FOLDER } from "./project-folder.ts";
import { workerVariables } from "#config/worker-variables";
import { findWrangler, QUIET_WRANGLER } from "#config/wrangler";

/**
 * Bundles the Worker with `wrangler deploy --dry-run`; throws with wrangler's message.
 *
 * @example
 * const { metadata, modules } = await bundleWorker();
 */
export async function bundleWorker(): Promise<WorkerForm> {
  const folder = mkdtempSync(join(tmpdir(), "worker-"));
  try {
    return await readBundle(runWrangler(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Has wrangler write the modules and the form that it would upload; answers the form's path.
 *
 * @example
 * const path = runWrangler(folder); // FOLDER/form, its modules in FOLDER/modules
 * @throws Error with wrangler's output where the Worker cannot be bundled
 */
export function runWrangler(folder: string): string {
  const upload = join(folder, "form");
  const where = ["--outdir", join(folder, "modules"), "--outfile", upload];
  const words = ["deploy", "--dry-run", "--config", "edge/wrangler.jsonc", ...where];
  const { status, stdout, stderr } = spawnSync(process.execPath, [findWrangler(), ...words], {
    cwd: PROJECT_FOLDER,
    env: { ...process.env, ...QUIET_WRANGLER },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the Worker cannot be bundled:\n${stdout}${stderr}`);
  return upload;
}

/**
 * Reads wrangler's form; its source map goes along, so that errors in production name lines of the source.
 *
 * @example
 * const worker = await readBundle(runWrangler(folder));
 */
export async function readBundle(formPath: string): Promise<WorkerForm> {
  const { metadata, modules } = await readForm(new Uint8Array(readFileSync(formPath)));
  return { metadata, modules: await Promise.all(modules.map(withoutPaths)) };
}

/** A source map names packages by where they lie on this machine; from node_modules/ on they are the same on every one. */
async function withoutPaths(module: File): Promise<File> {
  if (module.type !== "application/source-map") return module;
  const map = JSON.parse(await module.text()) as { sources: string[]; sourceRoot?: string };
  const sources = map.sources.map((source) => source.replace(/^.*\/(?=node_modules\/)/, ""));
  const text = JSON.stringify({ ...map, sources, sourceRoot: "" });
  return new File([text], module.name, { type: module.type });
}

/**
 * Writes the form that deploys the Worker with this configuration into a folder; the same Worker gives the same bytes.
 *
 * @example
 * const path = await writeWorkerForm(await bundleWorker(), cloudflare, folder); // FOLDER/worker.form
 */
export async function writeWorkerForm(
  { metadata, modules }: WorkerForm,
  config: CloudflareConfig,
  folder: string,
): Promise<string> {
  const variables = workerVariables(config);
  const bindings = metadata.bindings.map((binding) => {
    if (binding.type === "r2_bucket") return { ...binding, bucket_name: config.bucketName };
    const text = variables.get(binding.name);
    return text === undefined ? binding : { ...binding, text };
  });
  const path = join(folder, "worker.form");
  writeFileSync(path, await writeForm({ metadata: { ...metadata, bindings }, modules }));
  return path;
}
