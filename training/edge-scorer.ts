// training/edge-scorer: scores text with the int8 edge file through the edge's own kernels, a token at a time.
//
// V vocabulary size.

import { readFile } from "node:fs/promises";
import { Network } from "#kernels/network";
import type { Scorer } from "./scoring.ts";

const MODULE = new URL("../kernels/build/edge.wasm", import.meta.url);
const TOKENS_PER_CALL = 64; // between two looks at signals and progress

/** What the edge would make of an edge file, for `evaluateText`. */
export async function openEdgeScorer(file: Uint8Array): Promise<Scorer & { network: Network }> {
  const network = Network.open(new WebAssembly.Module(await readFile(MODULE)), file);
  const V = network.vocabulary.size;
  const scores = new Float32Array(TOKENS_PER_CALL * V);
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
      });
      return scores.subarray(0, ids.length * V);
    },
  };
}
