// training/evaluation/edge-scorer: scores text with the int8 edge file through the edge's own kernels, a token at a time.
//
// H hidden size, V vocabulary size.

import { readFile } from "node:fs/promises";
import { buildSuggestionMask } from "#inference/suggestion-mask";
import { NeuralCache } from "#inference/neural-cache";
import { LanguageModel } from "#inference/language-model";
import type { NeuralCacheSettings } from "#model/metadata";
import { SUGGESTIONS } from "./keystrokes.ts";
import type { TracingScorer } from "./scoring.ts";

const MODULE = new URL("../../kernels/build/edge.wasm", import.meta.url);

/** The kernels that run edge files, compiled. */
export async function readEdgeModule(): Promise<WebAssembly.Module> {
  return new WebAssembly.Module(await readFile(MODULE));
}

const TOKENS_PER_CALL = 64; // between two looks at signals and progress

/** What the edge would make of an edge file, for `evaluateText`. */
export async function openEdgeScorer(
  file: Uint8Array,
): Promise<TracingScorer & { network: LanguageModel }> {
  const network = LanguageModel.open(await readEdgeModule(), file);
  const V = network.vocabulary.size;
  const { hiddenSize: H } = network.metadata.config;
  const scores = new Float32Array(TOKENS_PER_CALL * V);
  const outputs = new Float32Array(TOKENS_PER_CALL * H);
  const states: Float32Array[] = []; // after each token of the last call
  network.setMask(buildSuggestionMask(network.vocabulary, network.tokenizer.name));
  let state = network.initialState();
  return {
    network,
    scoreLength: TOKENS_PER_CALL,
    resetScoringState() {
      state = network.initialState();
    },
    async score(ids) {
      ids.forEach((id, index) => {
        state = network.consume(state, [id]);
        scores.set(network.logProbabilities(state), index * V);
        outputs.set(state.subarray(-H), index * H);
        states[index] = state;
      });
      return scores.subarray(0, ids.length * V);
    },
    output: (index) => outputs.subarray(index * H, (index + 1) * H),
    followers(index, id) {
      const { state } = network.trace(states[index]!, [id]);
      return network.topK(state, SUGGESTIONS).map(({ probability }) => Math.log(probability));
    },
  };
}

/** The edge's neural cache for a model of that hidden size. */
export async function openNeuralCache(
  hiddenSize: number,
  settings: NeuralCacheSettings,
): Promise<NeuralCache> {
  return new NeuralCache(await readEdgeModule(), hiddenSize, settings);
}
