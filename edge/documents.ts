// edge/documents: what the Worker serves that is the same for everybody: its pages and its OpenAPI document, each made when it is built.

import type { OpenAPIHono } from "@hono/zod-openapi";
import type { EdgeContext } from "./middleware.ts";
import client from "./pages/build/client.js.txt";
import docs from "./pages/build/docs.html";
import openApiDocument from "./pages/build/openapi.json.txt";
import playground from "./pages/build/playground.html";
import worker from "./pages/build/worker.js.txt";

// each page is one file and talks to this Worker alone
const PAGE_HEADERS = {
  "cache-control": "no-cache",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; " +
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
};

/** For pages of this origin and of any other. */
const MODULES = { "/client.js": client, "/client/worker.js": worker };
const MODULE_HEADERS = {
  "access-control-allow-origin": "*",
  "cache-control": "public, max-age=300",
  "content-type": "text/javascript; charset=utf-8",
  "cross-origin-resource-policy": "cross-origin",
};

export function addDocuments(app: OpenAPIHono<EdgeContext>): void {
  app.get("/openapi.json", (c) => {
    return c.body(openApiDocument, 200, { "content-type": "application/json" });
  });
  app.get("/", (c) => c.html(playground, 200, PAGE_HEADERS));
  for (const [path, module] of Object.entries(MODULES)) {
    app.get(path, (c) => c.body(module, 200, MODULE_HEADERS));
  }
  app.get("/docs", (c) => c.html(docs, 200, PAGE_HEADERS));
}
