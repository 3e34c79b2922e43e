// infra/edge-worker/upload: the multipart body that uploads a Worker: metadata, then its modules, each part named as it is
// imported. Written so that the same Worker always gives the same bytes.

/** What is bound, which module is first, since when the runtime behaves so: Cloudflare's own JSON. */
export interface WorkerMetadata {
  main_module: string;
  bindings: { type: string; name: string; [property: string]: unknown }[];
  tags?: string[];
  keep_bindings?: string[];
  [property: string]: unknown;
}

/** A Worker as Cloudflare takes it: what it is bound to, and its modules. */
export interface WorkerForm {
  metadata: WorkerMetadata;
  modules: File[];
}

const NEW_LINE = "\r\n";

/**
 * Reads a form; its first line is its boundary.
 *
 * @example
 * const { metadata, modules } = await readForm(bytes);
 * metadata.main_module; // the name of one of the modules
 * @throws Error where it is no such form
 */
export async function readForm(bytes: Uint8Array<ArrayBuffer>): Promise<WorkerForm> {
  const firstLine = new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0x0d)));
  const headers = { "content-type": `multipart/form-data; boundary=${firstLine.slice(2)}` };
  const parts = await new Response(bytes, { headers }).formData();
  const metadata = parts.get("metadata");
  if (typeof metadata !== "string") throw new Error("the Worker's form has no metadata");
  return {
    metadata: JSON.parse(metadata) as WorkerMetadata,
    modules: [...parts.values()].filter((part) => part instanceof File),
  };
}

/**
 * The form in bytes, modules by name.
 *
 * @example
 * writeFileSync("worker.form", await writeForm({ metadata, modules }));
 * @throws Error where a module holds the boundary
 */
export async function writeForm({ metadata, modules }: WorkerForm): Promise<Uint8Array> {
  const sorted = modules.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const boundary = "afterword-worker-form";
  const chunks: Uint8Array[] = [];
  const encoder = new TextEncoder();
  const add = (text: string) => chunks.push(encoder.encode(text));
  const begin = (disposition: string, type?: string) => {
    add(`--${boundary}${NEW_LINE}Content-Disposition: form-data; ${disposition}${NEW_LINE}`);
    add((type ? `Content-Type: ${type}${NEW_LINE}` : "") + NEW_LINE);
  };
  begin('name="metadata"');
  add(JSON.stringify(metadata) + NEW_LINE);
  for (const module of sorted) {
    begin(`name="${module.name}"; filename="${module.name}"`, module.type);
    const content = await module.bytes();
    if (Buffer.from(content).includes(`--${boundary}`)) {
      throw new Error(`module ${module.name} holds the form's boundary, "${boundary}"`);
    }
    chunks.push(content);
    add(NEW_LINE);
  }
  add(`--${boundary}--${NEW_LINE}`);
  return Buffer.concat(chunks);
}

/**
 * The same as the body of a request.
 *
 * @example
 * await fetch(address, { method: "PUT", body: requestForm({ metadata, modules }) });
 */
export function requestForm({ metadata, modules }: WorkerForm): FormData {
  const upload = new FormData();
  upload.set("metadata", JSON.stringify(metadata));
  for (const module of modules) upload.set(module.name, module, module.name);
  return upload;
}
