// Exported models against the master file, each in the runtime it is for; those are slow on a busy machine.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import type { LanguageModelConfig } from "#model/hyper-parameters";
import { createWasmEngine } from "#training/engines/wasm";
import { exportOnnx } from "#training/export/onnx";
import { exportTfjs } from "#training/export/tfjs";
import { makeTinyModel, seededRandom } from "../tiny-model.ts";

const PROBABILITY_TOLERANCE = 1e-4;
const TOKENS = 1_000;
const CUT = 400; // the state is carried over from one call to the next

const CONFIGS: Partial<LanguageModelConfig>[] = [
  { vocabularySize: 203, hiddenSize: 30, layers: 2, forgetBias: 1 },
  { vocabularySize: 100, hiddenSize: 17, layers: 1, tied: true },
];

function makeModel(config: Partial<LanguageModelConfig>) {
  const master = makeTinyModel({ config, spread: 0.6 });
  const random = seededRandom(3);
  const ids = Int32Array.from({ length: TOKENS }, () =>
    Math.floor(random() * master.vocabulary.size),
  );
  return { master, ids };
}

/** Probabilities [TOKENS, V], scored by the training engine. */
async function scoreMaster({ master, ids }: ReturnType<typeof makeModel>): Promise<Float32Array> {
  const { config, training } = master.metadata;
  const engine = await createWasmEngine({
    model: config,
    training: { ...training, batchSize: 1, numSteps: 1 },
    threads: 1,
  });
  try {
    engine.loadWeights(master.weights);
    const all = new Float32Array(ids.length * config.vocabularySize);
    for (let at = 0; at < ids.length; at += engine.scoreLength) {
      const scores = await engine.score(ids.subarray(at, at + engine.scoreLength));
      all.set(scores.map(Math.exp), at * config.vocabularySize);
    }
    return all;
  } finally {
    await engine.close();
  }
}

function topFive(row: Float32Array): number[] {
  return [...row.keys()].sort((a, b) => row[b]! - row[a]!).slice(0, 5);
}

function expectSame(actual: Float32Array, expected: Float32Array, V: number): void {
  expect(actual).toHaveLength(expected.length);
  let largest = 0;
  for (let at = 0; at < TOKENS; at++) {
    const rows = [actual, expected].map((all) => all.subarray(at * V, (at + 1) * V));
    expect(topFive(rows[0]!)).toEqual(topFive(rows[1]!));
    rows[0]!.forEach((p, id) => (largest = Math.max(largest, Math.abs(p - rows[1]![id]!))));
  }
  expect(largest).toBeLessThan(PROBABILITY_TOLERANCE);
}

describe.each(CONFIGS)("a model of %j", (config) => {
  const model = makeModel(config);
  const { hiddenSize: H, layers: L, vocabularySize: V } = model.master.metadata.config;

  it("gives the same probabilities in onnxruntime", async () => {
    const { InferenceSession, Tensor, env } = await import("onnxruntime-web");
    env.wasm.numThreads = 1;
    const session = await InferenceSession.create(exportOnnx(model.master));
    let state = new Tensor("float32", new Float32Array(L * 2 * H), [L, 2, H]);
    const probabilities: number[] = [];
    for (const ids of [model.ids.subarray(0, CUT), model.ids.subarray(CUT)]) {
      const input_ids = new Tensor("int64", BigInt64Array.from(ids, BigInt), [ids.length]);
      const outputs = await session.run({ input_ids, state });
      for (const p of outputs.probabilities!.data as Float32Array) probabilities.push(p);
      state = outputs.next_state as typeof state;
    }
    await session.release();
    expectSame(Float32Array.from(probabilities), await scoreMaster(model), V);
  });

  it("reads several sequences at once in onnxruntime, each as if it were alone", async () => {
    const { InferenceSession, Tensor } = await import("onnxruntime-web");
    const session = await InferenceSession.create(exportOnnx(model.master));
    const [B, T] = [3, 20];
    const run = async (ids: Int32Array, state: Float32Array, sizes: number[], shape: number[]) => {
      const input_ids = new Tensor("int64", BigInt64Array.from(ids, BigInt), sizes);
      const found = await session.run({ input_ids, state: new Tensor("float32", state, shape) });
      const [rows, next] = [found.probabilities!, found.next_state!];
      expect([rows.dims, next.dims]).toEqual([[...sizes, V], shape]);
      return [rows.data as Float32Array, next.data as Float32Array] as const;
    };
    const random = seededRandom(9);
    const states = Float32Array.from({ length: L * 2 * B * H }, () => random() - 0.5);
    const [rows, next] = await run(model.ids.subarray(0, B * T), states, [B, T], [L, 2, B, H]);
    for (let b = 0; b < B; b++) {
      const own = (all: Float32Array) =>
        Float32Array.from({ length: L * 2 * H }, (_, at) => all[(Math.floor(at / H) * B + b) * H + (at % H)]!); // prettier-ignore
      const ids = model.ids.subarray(b * T, (b + 1) * T);
      const [alone, after] = await run(ids, own(states), [T], [L, 2, H]);
      const [batched, behind] = [rows.subarray(b * T * V, (b + 1) * T * V), own(next)];
      alone.forEach((p, at) => expect(batched[at]).toBeCloseTo(p, 5));
      after.forEach((p, at) => expect(behind[at]).toBeCloseTo(p, 5));
    }
    await session.release();
  });

  it("gives the same probabilities in TensorFlow.js", async () => {
    const tf = await import("@tensorflow/tfjs");
    const files = exportTfjs(model.master);
    const server = createServer((request, answer) => answer.end(files[request.url!.slice(1)]));
    await new Promise<void>((settle) => server.listen(0, "127.0.0.1", settle));
    const { port } = server.address() as AddressInfo;
    try {
      const loaded = await tf.loadLayersModel(`http://127.0.0.1:${port}/model.json`);
      let states = Array.from({ length: 2 * L }, () => tf.zeros([1, H]));
      const probabilities: number[] = [];
      for (const ids of [model.ids.subarray(0, CUT), model.ids.subarray(CUT)]) {
        const input = tf.tensor2d(ids, [1, ids.length], "int32");
        const [rows, ...next] = loaded.predict([input, ...states]) as (typeof input)[];
        for (const p of await rows!.data()) probabilities.push(p);
        states = next;
      }
      expectSame(Float32Array.from(probabilities), await scoreMaster(model), V);
      expect(loaded.getUserDefinedMetadata()).toHaveProperty("afterword");
    } finally {
      server.close();
    }
  });
});
