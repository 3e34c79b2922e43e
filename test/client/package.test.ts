// The package as it would be published: packed, installed in an empty project, and used from there.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeEdgeFile } from "#model/edge-file";
import { startWorker } from "../running-worker.ts";
import type { RunningWorker } from "../running-worker.ts";
import { makeTinyModel } from "../tiny-model.ts";
import { installClient } from "./packed-client.ts";
import type { PackedClient } from "./packed-client.ts";

let client: PackedClient;
let worker: RunningWorker;

beforeAll(async () => {
  client = await installClient([
    "react",
    "@types/react",
    "@codemirror",
    "prosemirror-state",
    "prosemirror-view",
  ]);
  writeFileSync(join(client.folder, "model.safetensors"), writeEdgeFile(makeTinyModel()));
  worker = await startWorker();
}, 120_000);
afterAll(async () => {
  await worker?.close();
  client?.remove();
});

const inProject = (...path: string[]) => join(client.folder, ...path);

/** What a program prints that stands in a file of the project. */
function runModule(name: string, code: string): string {
  writeFileSync(inProject(name), code);
  return client.run(process.execPath, [name], { URL: worker.url });
}

const PREDICT = `
  import { connect } from "@afterword/client";
  const session = await connect({ url: process.env.URL }).open({ text: "the uni" });
  const { predictions } = await session.append("");
  await session.accept(predictions[0]);
  console.log(JSON.stringify({ predictions, text: session.text }));
  session.close();`;

const PREDICT_LOCALLY = `
  import { readFileSync } from "node:fs";
  import { Session, openLocal } from "@afterword/client/local";
  const session = new Session(await openLocal({ file: readFileSync("model.safetensors") }));
  const { predictions } = await session.append("the uni");
  await session.accept(predictions[0]);
  console.log(JSON.stringify({ predictions, text: session.text }));`;

describe("the installed package", () => {
  it("predicts in Node, and the model in the process predicts the same bits", () => {
    const remote = runModule("remote.js", PREDICT);
    expect(JSON.parse(remote).predictions).toHaveLength(5);
    expect(runModule("local.js", PREDICT_LOCALLY)).toBe(remote);
  });

  for (const moduleResolution of ["bundler", "nodenext"]) {
    it(`has types that compile, moduleResolution ${moduleResolution}`, () => {
      const module = moduleResolution === "bundler" ? "esnext" : "nodenext";
      const compilerOptions = { module, moduleResolution, strict: true, noEmit: true, target: "es2022", lib: ["es2024", "dom", "dom.iterable"], types: [] }; // prettier-ignore
      writeFileSync(inProject("tsconfig.json"), JSON.stringify({ compilerOptions, files: ["use.ts"] })); // prettier-ignore
      writeFileSync(
        inProject("use.ts"),
        `import { AfterwordError, connect, type Prediction } from "@afterword/client";
         import { attach, type KeyBindings } from "@afterword/client/element";
         import { handOver, openLocal, Session } from "@afterword/client/local";
         import { useAfterword, AfterwordTextarea, type AfterwordOptions } from "@afterword/client/react";
         import { afterword as forCodeMirror } from "@afterword/client/codemirror";
         import { afterword as forProseMirror } from "@afterword/client/prosemirror";
         const options: AfterwordOptions = { url: "https://example.org", limit: 3, ghost: false };
         export const editors = [useAfterword, AfterwordTextarea({ afterword: options }), forCodeMirror(options), forProseMirror(options)];
         const session = await connect({ url: "https://example.org" }).open({ transport: "http" });
         const first: Prediction | undefined = (await session.append("the ")).predictions[0];
         const keys: Partial<KeyBindings> = { accept: ["Ctrl+Space"] };
         attach(document.body, { source: session, keys, minProbability: 0.1 }).detach();
         const isLocal: boolean = await handOver(session, openLocal({ server: { url: "" } }));
         new Session(await openLocal({ file: new ArrayBuffer(8) }));
         // @ts-expect-error -- a prediction is no text
         await session.accept("word");
         export default [first?.word, isLocal, new AfterwordError(404, { message: "", code: "" }).requestId];`,
      );
      const tsc = createRequire(import.meta.url).resolve("typescript/package.json");
      client.run(process.execPath, [join(tsc, "../bin/tsc"), "-p", client.folder]);
    });
  }

  it("can be imported where there are no elements", () => {
    const code = `import { AfterwordSuggest } from "@afterword/client/element"; console.log(typeof AfterwordSuggest);`; // prettier-ignore
    expect(runModule("element.js", code)).toBe("function\n");
  });

  it("loses nothing that it needs in a bundle that shakes what is not used", async () => {
    writeFileSync(inProject("page.js"), `import "@afterword/client/element";`);
    const text = await bundleOf(inProject("page.js"));
    expect(text).toContain("afterword-suggest");
  });
});

async function bundleOf(entry: string, external: string[] = []): Promise<string> {
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, minify: true, write: false, format: "esm", external, nodePaths: [inProject("node_modules")] }); // prettier-ignore
  return outputFiles[0]!.text;
}

describe("its weight, gzipped", () => {
  const limits = { index: 4_000, element: 12_000, worker: 31_000, local: 31_000 };
  for (const [name, limit] of Object.entries(limits)) {
    it(`${name} stays within ${limit / 1000} kB`, async () => {
      const path = inProject(`node_modules/@afterword/client/dist/${name}.js`);
      expect(gzipSync(await bundleOf(path), { level: 9 }).length).toBeLessThanOrEqual(limit);
    });
  }

  it("has no dependency", () => {
    const manifest = readFileSync(inProject("node_modules/@afterword/client/package.json"), "utf8");
    expect(JSON.parse(manifest)).not.toHaveProperty("dependencies");
  });
}); // prettier-ignore
