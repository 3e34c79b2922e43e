// bench/inference-peers: other runtimes of WebAssembly at one token of the medium model, on one thread of this process.
//
// B batch, H hidden size, V vocabulary size.

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs";
import * as onnx from "onnxruntime-web";
import { findPreset } from "#model/presets";
import type { BenchOptions } from "./options.ts";
import { percentile } from "./percentile.ts";

const CALLS = 120;
const H = findPreset("medium").model.hiddenSize;
const LAYERS = 2;

/** Milliseconds a token; a peer that is not here is left out, with a line that says so. */
export async function measurePeers({ onnx: folder, log }: BenchOptions): Promise<object> {
  const peers: Record<string, number> = { tfjs_wasm_products_ms: await measureTfjs() };
  log(`tfjs-wasm, its three products alone: ${peers.tfjs_wasm_products_ms} ms`);
  for (const kind of ["int8", "f32"]) {
    const path = folder === undefined ? undefined : join(folder, `lm-${kind}.onnx`);
    if (path === undefined || !existsSync(path)) {
      log(`onnxruntime-web, ${kind}: left out; --onnx names a folder with lm-${kind}.onnx`);
      continue;
    }
    peers[`onnxruntime_web_${kind}_ms`] = await measureOnnx(path);
    log(`onnxruntime-web, ${kind}: ${peers[`onnxruntime_web_${kind}_ms`]} ms`);
  }
  return peers;
}

/** The products of a token: two layers' gates and the softmax. tfjs would need as long again for what lies between. */
async function measureTfjs(): Promise<number> {
  setWasmPaths(fileURLToPath(new URL("./", import.meta.resolve("@tensorflow/tfjs-backend-wasm"))));
  await tf.setBackend("wasm");
  const { vocabularySize: V } = findPreset("medium").model;
  const input = tf.ones([1, 2 * H]);
  const output = tf.ones([1, H]);
  const kernel = tf.ones([2 * H, 4 * H]);
  const softmax = tf.ones([H, V]);
  return medianMs(async () => {
    const products = [tf.matMul(input, kernel), tf.matMul(input, kernel), tf.matMul(output, softmax)]; // prettier-ignore
    await products[2]!.data();
    tf.dispose(products);
  });
}

/** A network of the inputs x [1, B], h and c [L, B, H] that the file holds. */
async function measureOnnx(path: string): Promise<number> {
  onnx.env.wasm.numThreads = 1;
  const session = await onnx.InferenceSession.create(readFileSync(path), {
    executionProviders: ["wasm"],
  });
  const state = () => new onnx.Tensor("float32", new Float32Array(LAYERS * H), [LAYERS, 1, H]);
  const feeds = { x: new onnx.Tensor("int64", BigInt64Array.of(7n), [1, 1]), h: state(), c: state() }; // prettier-ignore
  const median = await medianMs(() => session.run(feeds));
  await session.release();
  return median;
}

async function medianMs(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let call = 0; call < 2 * CALLS; call++) {
    const start = performance.now();
    await work();
    if (call >= CALLS) times.push(performance.now() - start); // compiled by then
  }
  return Number(percentile(times, 0.5).toFixed(4));
}
