// client/element/all: everything in one module, as a server gives it to pages: sessions, the element, models in a worker.

import { WorkerBackend } from "../local/backend.ts";
import { fetchFile } from "../local/file.ts";
import type { FileOptions } from "../local/file.ts";
import type { Backend } from "../types.ts";

export * from "../index.ts";
export * from "./index.ts";
export { handOver } from "../local/hand-over.ts";

/**
 * A server's current model in a worker of the page.
 *
 * @example
 * const session = new Session(await openLocal({ server: { url: location.origin } }));
 */
export async function openLocal({ server }: { server: FileOptions }): Promise<Backend> {
  return WorkerBackend.open(
    new URL("./client/worker.js", import.meta.url),
    await fetchFile(server),
  );
}
