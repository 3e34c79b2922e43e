// bench/serve-bundle: a bundle as it would be deployed, in workerd, on a port of its own: no proxy and no other Worker stands
// before it. The bucket is the local one.

import { createRequire } from "node:module";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type * as miniflare from "miniflare";
import { unstable_readConfig } from "wrangler";

const CONFIG = fileURLToPath(new URL("../edge/wrangler.jsonc", import.meta.url));

// the one that wrangler runs
const wrangler = createRequire(import.meta.url).resolve("wrangler");
const { Miniflare, convertV4MiniflareOptions } = createRequire(wrangler)(
  "miniflare",
) as typeof miniflare;

const NOT_LIMITED = 1e9;
/** An isolate's at the edge; without it V8 lets garbage grow to what this machine has room for. */
const HEAP_MEGABYTES = 128;
const TYPES = { js: "ESModule", wasm: "CompiledWasm", html: "Text", txt: "Text" } as const;

export interface Server {
  url: URL;
  bucket: { put(key: string, value: string | Uint8Array): Promise<unknown> };
  inspectorUrl(): Promise<URL>;
  close(): Promise<void>;
}

/** Serves the files of `wrangler deploy --dry-run --outdir` with the bindings of edge/wrangler.jsonc. */
export async function serveBundle(folder: string, entry = "worker.js"): Promise<Server> {
  const files = readdirSync(folder).filter((name) => name !== entry);
  const modules = [entry, ...files].flatMap((name) => {
    const type = TYPES[name.split(".").at(-1) as keyof typeof TYPES];
    return type ? [{ type, path: join(folder, name) }] : [];
  });
  process.env.MINIFLARE_WORKERD_V8_FLAGS = `--max-heap-size=${HEAP_MEGABYTES}`;
  const config = unstable_readConfig({ config: CONFIG });
  const server = new Miniflare(
    convertV4MiniflareOptions({
      name: "afterword",
      rootPath: folder,
      modules,
      modulesRoot: folder,
      compatibilityDate: config.compatibility_date!,
      compatibilityFlags: config.compatibility_flags,
      r2Buckets: ["MODELS"],
      durableObjects: { SESSIONS: { className: "Session", useSQLite: true } },
      ratelimits: {
        RATE_LIMIT: { namespace_id: "1", simple: { limit: NOT_LIMITED, period: 10 } },
      },
      bindings: { CORS_ORIGINS: "*" },
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
      inspectorPort: 0,
      cf: false,
    }),
  );
  await server.ready;
  return {
    url: await server.unsafeGetDirectURL(),
    bucket: (await server.getR2Bucket("MODELS")) as unknown as Server["bucket"],
    inspectorUrl: () => server.getInspectorURL(),
    close: () => server.dispose(),
  };
}
