// training/evaluation/edge-scorer: scores text with the int8 edge file through the edge's own kernels, a token at a time.
//
// H hidden size.

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

/** The network of an edge file as the edge runs it, for `evaluateText`; without the file's n-grams. */
export async function openEdgeScorer(file: Uint8Array): Promise<EdgeScorer> {
  const network = LanguageModel.open(await readEdgeModule(), file, { useNgrams: false });
  return scoreWith(network, network.vocabulary.size, (state) => network.logProbabilities(state));
}

/** The same with the file's n-grams, over all words that they know, N. */
export async function openMixtureScorer(file: Uint8Array): Promise<EdgeScorer> {
  const network = LanguageModel.open(await readEdgeModule(), file);
  return scoreWith(network, network.words.size, (state) => {
    const scores = network.mixtureProbabilities(state);
    for (let id = 0; id < scores.length; id++) scores[id] = Math.log(scores[id]!); // a call for each with `map` takes thrice as long
    return scores;
  });
}

export type EdgeScorer = TracingScorer & { network: LanguageModel };

function scoreWith(
  network: LanguageModel,
  words: number,
  logProbabilities: (state: Float32Array) => Float32Array,
): EdgeScorer {
  const { hiddenSize: H } = network.metadata.config;
  const scores = new Float32Array(TOKENS_PER_CALL * words);
  const outputs = new Float32Array(TOKENS_PER_CALL * H);
  const states: Float32Array[] = []; // after each token of the last call
  network.setMask(buildSuggestionMask(network.words, network.tokenizer.name));
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
        scores.set(logProbabilities(state), index * words);
        outputs.set(network.lastOutput(state), index * H);
        states[index] = state;
      });
      return scores.subarray(0, ids.length * words);
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
