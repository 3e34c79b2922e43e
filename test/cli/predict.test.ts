// `predict` from a file, and from an edge that is there, is not, keeps its door, or is none.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { writeEdgeFile } from "#model/edge-file";
import { writeMasterFile } from "#model/master-file";
import { predictText } from "#inference/predict-text";
import { readEdgeModule } from "#training/evaluation/edge-scorer";
import { predict } from "../../cli/commands/predict.ts";
import { makeTinyModel } from "../tiny-model.ts";
import { runCommand } from "./run-command.ts";

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "predict-"))));
afterAll(() => rm(folder, { recursive: true }));

describe("from a model's file", () => {
  const TEXTS = ["", "the ", "the uni", "The state of the Union. Our"];

  it.each(["master", "edge"])("%s, it is what the edge would answer", async (kind) => {
    const model = makeTinyModel();
    const edge = writeEdgeFile(model);
    const path = join(folder, `${kind}.safetensors`);
    await writeFile(path, kind === "edge" ? edge : writeMasterFile(model));
    const module = await readEdgeModule();
    for (const text of TEXTS) {
      const { json } = await runCommand(predict, "--text", text, "--model", path, "--limit", "3");
      expect(json).toEqual({ predictions: predictText(module, edge, text, 3) });
    }
  });

  it("that is none is refused", async () => {
    await writeFile(join(folder, "note.txt"), "no model");
    await expect(runCommand(predict, "a", "--model", join(folder, "note.txt"))).rejects.toThrow("not a safetensors file"); // prettier-ignore
    await expect(runCommand(predict, "a", "--model", "./none.safetensors")).rejects.toThrow("cannot read model file"); // prettier-ignore
  });

  it("needs the text once", async () => {
    await expect(runCommand(predict)).rejects.toThrow("give the text");
    await expect(runCommand(predict, "a", "--text", "b")).rejects.toThrow("given twice");
  });
});

describe("from an edge", () => {
  let server: Server;
  const environment = { ...process.env };
  afterEach(() => {
    process.env = { ...environment };
    server?.close();
  });

  const ANSWER = { model: "default", version: "1", predictions: [{ word: "united", probability: 0.5, insert: "ited" }] }; // prettier-ignore

  /** An edge's stand-in; where it is, and what it was asked. */
  async function listen(status: number, body: string) {
    const asked: { url?: string; key?: string }[] = [];
    server = createServer((request: IncomingMessage, response) => {
      asked.push({ url: request.url, key: request.headers.authorization });
      response.writeHead(status).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, port: String(port), asked };
  }

  it.each(["", "/", "/v1", "/v1/"])(
    "it is asked at the address with “%s” at its end",
    async (end) => {
      const { url, asked } = await listen(200, JSON.stringify(ANSWER));
      const { json, text } = await runCommand(predict, "the un", "--url", url + end);
      expect(json).toEqual(ANSWER);
      expect(text).toBe("united 50.0 %");
      expect(asked).toEqual([{ url: "/v1/predict", key: undefined }]);
    },
  );

  it("it is sent the key of --key, else that of the environment", async () => {
    const { url, asked } = await listen(200, JSON.stringify(ANSWER));
    process.env.AFTERWORD_KEY = "theirs";
    await runCommand(predict, "a", "--url", url, "--key", "mine");
    await runCommand(predict, "a", "--url", url);
    expect(asked.map(({ key }) => key)).toEqual(["Bearer mine", "Bearer theirs"]);
  });

  it("it is the one of this machine at --port, whatever the environment names", async () => {
    const { port, asked } = await listen(200, JSON.stringify(ANSWER));
    process.env.AFTERWORD_URL = "http://127.0.0.1:9";
    await runCommand(predict, "a", "--port", port);
    expect(asked).toHaveLength(1);
    await expect(runCommand(predict, "a", "--port", port, "--url", "http://x")).rejects.toThrow(
      "--port and --url name two places",
    );
  });

  it.each([
    [
      401,
      JSON.stringify({ error: { message: "send an API key" } }),
      "answers 401: send an API key; give the key with --key",
    ],
    [502, "<html>Bad gateway</html>", "answers 502: which is not what an edge of Afterword says"],
    [200, "<html>A page</html>", "answers 200: which is not what an edge of Afterword says"],
    [200, "{}", "answers 200: which is not what an edge of Afterword says"],
    [503, JSON.stringify({ error: { message: "no model yet" } }), "answers 503: no model yet"],
  ])("an answer of %i is told: %s", async (status, body, message) => {
    const { url } = await listen(status, body);
    await expect(runCommand(predict, "a", "--url", url)).rejects.toThrow(message);
  });

  it.each(["nowhere", "ftp://x", "localhost:8787"])("%s is no address", async (url) => {
    await expect(runCommand(predict, "a", "--url", url)).rejects.toThrow(
      "is no address of an edge",
    );
  });
});
