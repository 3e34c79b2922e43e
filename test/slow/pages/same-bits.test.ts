// A model predicts the same bits in Node, in workerd behind the API, and in a worker of a page in each browser.

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "#client/connect";
import { createEngine } from "#client/local/engine";
import type { Prediction } from "#client/types";
import { writeEdgeFile } from "#model/edge-file";
import { buildClient } from "../../../client/build.ts";
import { startWorker } from "../../running-worker.ts";
import { makeTinyModel, seededRandom } from "../../tiny-model.ts";
import { bundle, serve } from "./browser.ts";
import { BROWSERS } from "./browsers.ts";
import { makeTexts } from "./typed-texts.ts";

const PREDICTIONS = 10_000;
const SEED = 5;

const kernels = new WebAssembly.Module(readFileSync("kernels/build/edge.wasm"));
const model = makeTinyModel({
  config: { vocabularySize: 600, hiddenSize: 96, tied: true },
  bands: [
    { begin: 16, rank: 48 },
    { begin: 64, rank: 16 },
  ],
});
const file = writeEdgeFile(model);
const names = { model: "tiny", version: "1" };

let expected: Prediction[][];
beforeAll(async () => {
  expected = makeTexts(PREDICTIONS, seededRandom(SEED)).flatMap((steps) => {
    const engine = createEngine(kernels, file, names);
    return steps.map((text) => engine.predict({ text }).predictions);
  });
});

describe(`${PREDICTIONS} predictions in Node`, () => {
  it("are made, and are not all alike", () => {
    expect(expected).toHaveLength(PREDICTIONS);
    expect(new Set(expected.map((predictions) => JSON.stringify(predictions))).size).toBeGreaterThan(PREDICTIONS / 2); // prettier-ignore
  });

  it("are those of workerd, asked over the API", async () => {
    const worker = await startWorker();
    try {
      await worker.publish(model, "20261124-000000-bbbbbb");
      const client = connect({ url: worker.url });
      const found: Prediction[][] = [];
      for (const steps of makeTexts(PREDICTIONS, seededRandom(SEED))) {
        const session = client.session();
        for (const text of steps) found.push((await session.update(text))!.predictions);
        session.close();
      }
      expectSame(found);
    } finally {
      await worker.close();
    }
  });

  for (const { name, isInstalled, launch } of BROWSERS) {
    describe.runIf(isInstalled)(name, () => {
      let site: Awaited<ReturnType<typeof serve>>;
      beforeAll(async () => void (site = await servePage()));
      afterAll(() => site?.close());

      it(`are those of ${name}`, async () => {
        const browser = await launch();
        try {
          await browser.visit(site.url, async (page) => {
            const found = await page.evaluate(
              async ([count, seed]) => {
                const { predictAll } = globalThis as unknown as { predictAll(count: number, seed: number): Promise<Prediction[][]> }; // prettier-ignore
                return predictAll(count!, seed!);
              },
              [PREDICTIONS, SEED],
            );
            expectSame(found);
          });
        } finally {
          await browser.close();
        }
      });
    });
  }
});

/** Bit for bit: numbers come through JSON as they are. */
function expectSame(found: Prediction[][]): void {
  expect(found).toHaveLength(expected.length);
  const at = found.findIndex((predictions, index) => JSON.stringify(predictions) !== JSON.stringify(expected[index])); // prettier-ignore
  expect(found[at]).toEqual(expected[at]);
}

async function servePage() {
  await buildClient();
  return serve({
    "/index.html": `<!doctype html><title>Bits</title><script type="module" src="/main.js"></script>`,
    "/main.js": await bundle(`
      import { WorkerBackend } from "./client/local/backend.ts";
      import { makeTexts } from "./test/slow/pages/typed-texts.ts";
      import { seededRandom } from "./test/tiny-model.ts";
      globalThis.predictAll = async (count, seed) => {
        const model = await (await fetch("/model.bin")).arrayBuffer();
        const found = [];
        for (const steps of makeTexts(count, seededRandom(seed))) {
          const backend = await WorkerBackend.open("/worker.js", { file: model.slice(0), names: {} });
          for (const text of steps) found.push((await backend.predict({ text })).predictions);
          backend.close();
        }
        return found;
      };`),
    "/worker.js": readFileSync("client/dist/worker.js"),
    "/model.bin": file,
  });
}
