// client/local: predictions without a server: a model's edge file, fetched once, answers in the page itself.

import { Session } from "../session.ts";
import type { Backend } from "../types.ts";
import { WorkerBackend } from "./backend.ts";
import { DirectBackend } from "./direct-backend.ts";
import { fetchFile } from "./file.ts";
import type { FileOptions, ModelFile } from "./file.ts";

/** A model in the page. */
export interface LocalOptions {
  /** Whose current model is fetched; or else `file`. */
  server?: FileOptions;
  /** An edge file that is there already. */
  file?: ArrayBuffer | Uint8Array;
  /** What its answers call that. @default `{ model: "local", version: "local" }` */
  names?: ModelFile["names"];
  /** Where the worker's module is. @default beside this one; `null` answers without a worker */
  workerUrl?: URL | string | null;
  /** The compiled `@afterword/client/edge.wasm`, for hosts that compile nothing themselves. */
  kernels?: WebAssembly.Module;
}

/**
 * Loads a model. What it answers is bit for bit what the server would.
 *
 * @example
 * const session = new Session(await openLocal({ server: { url } }));
 * const { predictions } = await session.append("the uni");
 * @throws AfterwordError where the server has no such file; Error where it is no edge file
 */
export async function openLocal(options: LocalOptions): Promise<Backend> {
  const { workerUrl = defaultWorkerUrl() } = options;
  const found = await findFile(options);
  if (workerUrl !== null) return WorkerBackend.open(workerUrl, found);
  const { openEngine } = await import("./kernels.ts");
  return new DirectBackend(openEngine(new Uint8Array(found.file), found.names, options.kernels));
}

export { handOver } from "./hand-over.ts";
export { Session };
export type { Backend, FileOptions };

function defaultWorkerUrl(): URL | null {
  return typeof Worker === "undefined" || typeof location === "undefined"
    ? null
    : new URL("./worker.js", import.meta.url);
}

async function findFile({ server, file, names }: LocalOptions): Promise<ModelFile> {
  if (file) {
    const copy = file instanceof Uint8Array ? new Uint8Array(file).buffer : file.slice(0); // Node's buffers share theirs
    return { file: copy as ArrayBuffer, names: names ?? { model: "local", version: "local" } };
  }
  if (server) return fetchFile(server);
  throw new TypeError("there is no model: give a server or a file");
}
