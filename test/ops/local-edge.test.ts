import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { startLocalEdge } from "#ops/local-edge";

it.each([
  [
    "an edge",
    { paths: { "/v1/predict": {} } },
    "an edge of Afterword runs at http://127.0.0.1:PORT already; stop it",
  ],
  [
    "something else",
    { hello: "world" },
    "port PORT is taken; stop it, or choose another port with --port",
  ],
])("does not start where %s listens, and says so", async (_, document, message) => {
  const server = createServer((_, response) => response.end(JSON.stringify(document)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await expect(startLocalEdge(port, "unused")).rejects.toThrow(
      message.replace("PORT", String(port)),
    );
  } finally {
    server.close();
  }
});
