// bench/inference: the edge's kernels at the sizes of the presets, in Node and in workerd, one token at a time.

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { LanguageModel } from "#inference/language-model";
import type { LanguageModelConfig } from "#model/hyper-parameters";
import { bandsOf } from "#model/low-rank";
import { findPreset } from "#model/presets";
import { readEdgeHeader, writeEdgeFile } from "#model/edge-file";
import { publishModel } from "../test/publish-model.ts";
import { makeTinyModel } from "../test/tiny-model.ts";
import { startHarness } from "../test/worker-harness.ts";
import { measurePeers } from "./inference-peers.ts";
import { measureInference } from "./measure-inference.ts";
import type { InferenceFigures } from "./measure-inference.ts";
import type { BenchOptions } from "./options.ts";

const MODELS: Record<string, LanguageModelConfig> = {
  small: findPreset("small").model,
  medium: findPreset("medium").model,
  large: findPreset("large").model,
  best: findPreset("best").model,
  best_50000_words: { ...findPreset("best").model, vocabularySize: 50_000 },
};
const STREAM_BYTES = 256 << 20;

export async function run(options: BenchOptions): Promise<object> {
  const { log } = options;
  const module = new WebAssembly.Module(
    await readFile(new URL("../kernels/build/edge.wasm", import.meta.url)),
  );
  const streamed = measureStream();
  log(`copying memory: ${streamed.toFixed(1)} GB/s`);
  const { url, bucket, close } = await startHarness({
    config: {
      name: "bench",
      main: fileURLToPath(new URL("./inference-worker.ts", import.meta.url)),
      compatibility_date: "2026-11-01",
      r2_buckets: [{ binding: "MODELS", bucket_name: "models" }],
    },
  });
  try {
    const figures: Record<string, object> = {};
    for (const [size, config] of Object.entries(MODELS)) {
      const master = makeTinyModel({ config, spread: 0.05, bands: bandsOf(config) });
      const file = writeEdgeFile(master);
      const node = measureInference(LanguageModel.open(module, file));
      const version = "20260101-000000-000000";
      const pointer = await publishModel(bucket, { name: "bench", version, master });
      const answer = await fetch(url, { method: "POST", body: JSON.stringify(pointer) });
      const workerd = (await answer.json()) as InferenceFigures;
      const bytes = bytesRead(file);
      const share = bytes.predict / (workerd.predict_ms / 1e3) / 1e9 / streamed;
      log(
        `${size}: ${workerd.predict_ms} ms a predicted token in workerd, ${node.predict_ms} in Node`,
      );
      figures[size] = {
        workerd,
        node,
        file_bytes: file.length,
        consume_bytes: bytes.consume,
        predict_bytes: bytes.predict,
        stream_share: Number(share.toFixed(2)),
      };
    }
    const peers = await measurePeers(options);
    return { ...figures, peers, stream_gb_per_second: Number(streamed.toFixed(1)) };
  } finally {
    await close();
  }
}

/** How many bytes of the file a token reads. */
function bytesRead(file: Uint8Array) {
  const { tensors, metadata } = readEdgeHeader(file);
  const sum = (prefix: string) =>
    [...tensors]
      .filter(([name]) => name.startsWith(prefix))
      .reduce((total, [, { begin, end }]) => total + end - begin, 0);
  const consume = sum("lstm.");
  return { consume, predict: consume + sum(metadata.config.tied ? "embedding." : "softmax.") };
}

/** Gigabytes a second that one core reads and writes together while it copies. */
function measureStream(): number {
  const source = Buffer.alloc(STREAM_BYTES, 1);
  const target = Buffer.alloc(STREAM_BYTES);
  let best = Infinity;
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    source.copy(target);
    best = Math.min(best, performance.now() - start);
  }
  return (2 * STREAM_BYTES) / (best / 1e3) / 1e9;
}
