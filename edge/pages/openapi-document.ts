// edge/pages/openapi-document: the OpenAPI document of the Worker's routes, written when it is built: the Worker need not
// hold the library that does it. The routes are those that the Worker itself registers, under Node and without a runtime.

import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Plugin } from "esbuild";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { describeOperations } from "./describe-operations.ts";

const WORKER = fileURLToPath(new URL("../worker.ts", import.meta.url));

const DOCUMENT: Parameters<OpenAPIHono["getOpenAPI31Document"]>[0] = {
  openapi: "3.1.0",
  security: [{ key: [] }, {}], // an open deployment needs none
  info: {
    title: "Afterword",
    version: "1",
    description: "Predicts the word that comes after. Every response carries an `x-request-id`.",
    license: { name: "MIT", url: "https://opensource.org/license/mit" },
    contact: { name: "Afterword", url: "https://github.com/afterword/afterword" },
  },
};

/** In the place of what only the Worker's runtime has. */
const withoutRuntime: Plugin = {
  name: "without-runtime",
  setup({ onResolve, onLoad }) {
    const namespace = "runtime";
    onResolve({ filter: /^cloudflare:|\.(wasm|html|txt)$/ }, ({ path }) => ({ path, namespace }));
    onLoad({ filter: /./, namespace }, () => ({
      contents: "export class DurableObject {} export function waitUntil() {} export default null;",
    }));
  },
};

/** The document as JSON. */
export async function writeOpenApiDocument(): Promise<string> {
  const options = { bundle: true, format: "esm", platform: "node", target: "node24", write: false } as const; // prettier-ignore
  const { outputFiles } = await build({ ...options, entryPoints: [WORKER], plugins: [withoutRuntime] }); // prettier-ignore
  const code = Buffer.from(outputFiles[0]!.contents).toString("base64");
  const { default: app } = (await import(`data:text/javascript;base64,${code}`)) as { default: OpenAPIHono }; // prettier-ignore
  const scheme = { type: "http", scheme: "bearer" } as const;
  app.openAPIRegistry.registerComponent("securitySchemes", "key", scheme);
  return JSON.stringify(describeOperations(app.getOpenAPI31Document(DOCUMENT)));
}
