// inference/predict-text: predictions from a file's bytes and a text, without a server: what the command line and tests ask.

import { LanguageModel } from "./language-model.ts";
import { Predictor } from "./predictor.ts";
import type { Prediction } from "./predictor.ts";

/**
 * The most probable words after a text, by the model of an edge file.
 * @param module the compiled kernels/build/edge.wasm
 * @param file the bytes of an edge file
 * @throws Error where the file is no edge file, or is not whole
 * @example
 * predictText(module, await readFile("edge.safetensors"), "the united ", 1);
 * // [{ word: "States", probability: 0.93, insert: "States", replace: 0 }]
 */
export function predictText(
  module: WebAssembly.Module,
  file: Uint8Array,
  text: string,
  limit: number,
): Prediction[] {
  const predictor = new Predictor(LanguageModel.open(module, file));
  return predictor.predict(predictor.start(), "", text, limit);
}
