// edge/zod: the parts of zod that the Worker uses. wrangler.jsonc puts this in zod's place for everything it bundles:
// zod's root is handed on whole by a library and would bring 50 languages, 350 kB.

export * as z from "./zod-parts.ts";
