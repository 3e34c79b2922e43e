// A model in a page predicts the same bits as in Node: a text of 1,200 letters, with edits in it.

import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEngine } from "#client/local/engine";
import type { Predictions } from "#client/types";
import { writeEdgeFile } from "#model/edge-file";
import { buildClient } from "../../../client/build.ts";
import { makeTinyModel, seededRandom } from "../../tiny-model.ts";
import { bundle, isInstalled, launch, serve, visit } from "./browser.ts";

const PREDICTIONS = 1_200;
const WORDS = "the State of united union and to in a that people unit our is be year great unity world Kowalski".split(" "); // prettier-ignore

const kernels = new WebAssembly.Module(readFileSync("kernels/build/edge.wasm"));
const file = writeEdgeFile(makeTinyModel({ config: { vocabularySize: 600, hiddenSize: 96 } }));

let browser: Browser;
beforeAll(async () => {
  if (!isInstalled) return;
  await buildClient();
  browser = await launch();
});
afterAll(() => browser?.close());

/** Texts as somebody types and edits one. */
function makeTexts(): string[] {
  const random = seededRandom(5);
  const written = Array.from({ length: PREDICTIONS }, () => WORDS[Math.floor(random() * WORDS.length)]).join(" "); // prettier-ignore
  let text = "";
  return Array.from({ length: PREDICTIONS }, (_, at) => {
    text = random() < 0.03 ? text.slice(0, Math.floor(random() * text.length)) : text + written[at];
    return text;
  });
}

describe.runIf(isInstalled)("a model in the page", () => {
  it(`predicts ${PREDICTIONS} times what it predicts in Node, bit for bit`, async () => {
    const texts = makeTexts();
    const engine = createEngine(kernels, file, { model: "tiny", version: "1" });
    const expected = texts.map((text) => engine.predict({ text }).predictions);
    const site = await serve({
      "/index.html": `<!doctype html><title>Bits</title><script type="module" src="/main.js"></script>`,
      "/main.js": await bundle(`
        import { WorkerBackend } from "./client/local/backend.ts";
        globalThis.predictAll = async (texts) => {
          const file = await (await fetch("/model.bin")).arrayBuffer();
          const backend = await WorkerBackend.open("/worker.js", { file, names: { model: "tiny", version: "1" } });
          const answers = [];
          for (const text of texts) answers.push((await backend.predict({ text })).predictions);
          return answers;
        };`),
      "/worker.js": readFileSync("client/dist/worker.js"),
      "/model.bin": file,
    });
    const found = await visit(browser, site.url, async (page) => {
      await page.waitForFunction("globalThis.predictAll");
      return page.evaluate(
        (all) => (globalThis as unknown as { predictAll(texts: string[]): Promise<Predictions["predictions"][]> }).predictAll(all), // prettier-ignore
        texts,
      );
    });
    site.close();
    expect(found).toEqual(expected);
  });
});
