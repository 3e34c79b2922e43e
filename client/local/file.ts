// client/local/file: a model's edge file from a server, kept in Cache Storage under its version: it is fetched once, and again
// where another version is current; without a network the one that is there will do.

import { errorOf } from "../errors.ts";
import { baseOf } from "../http.ts";
import type { ModelNames } from "./engine.ts";

/** Which file of which server. */
export interface FileOptions {
  url: string;
  key?: string;
  /** @default "default" */
  model?: string;
  signal?: AbortSignal;
  /** Told how much is here, in bytes, of all that comes. */
  onProgress?(received: number, total: number): void;
}

/** An edge file and what it is called. */
export interface ModelFile {
  names: ModelNames;
  file: ArrayBuffer;
}

const CACHE = "afterword-models";

/**
 * The current edge file of a model. @throws AfterwordError, or what `fetch` threw where there is no older copy
 *
 * @example
 * const { names, file } = await fetchFile({ url, model: "default" });
 * names.version; // of the model that `file` holds
 */
export async function fetchFile(options: FileOptions): Promise<ModelFile> {
  const { model = "default", key, signal } = options;
  const address = `${baseOf(options)}/v1/models/${encodeURIComponent(model)}/file`;
  const cache = await globalThis.caches?.open(CACHE).catch(() => undefined); // private windows have none
  const known = await cache?.match(address);
  const etag = known?.headers.get("etag");
  const headers = { ...(key && { authorization: `Bearer ${key}` }), ...(etag && { "if-none-match": etag }) }; // prettier-ignore
  try {
    const response = await fetch(address, { headers, ...(signal && { signal }) });
    if (response.ok) {
      const file = await read(response, options);
      await cache?.put(address, new Response(file, { headers: response.headers })).catch(() => {}); // full
      return { names: { model, version: versionOf(response) }, file };
    }
    if (!known || response.status !== 304) throw await errorOf(response);
  } catch (error) {
    const isOffline = error instanceof TypeError;
    if (!known || !isOffline) throw error;
  }
  return { names: { model, version: versionOf(known) }, file: await known.arrayBuffer() };
}

function versionOf({ headers }: Response): string {
  return headers.get("x-afterword-version") ?? headers.get("etag")?.replaceAll('"', "") ?? "unknown";
} // prettier-ignore

async function read(response: Response, { onProgress }: FileOptions): Promise<ArrayBuffer> {
  const total = Number(response.headers.get("content-length"));
  if (!onProgress || !total || !response.body) return response.arrayBuffer();
  const file = new Uint8Array(total);
  let received = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return file.buffer;
    file.set(value, received);
    onProgress((received += value.length), total);
  }
}
