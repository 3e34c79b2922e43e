// client/local/engine: a model file that answers a session's questions where it is called. What it answers is
// inference/local-session's, the same bits as the edge's.

import { LanguageModel } from "../../inference/language-model.ts";
import { LocalSession } from "../../inference/local-session.ts";
import type { Predictions, Question } from "../types.ts";

/** Answers questions about one text; each says what the text is now. */
export interface Engine {
  predict(question: Question, isKept?: boolean): Predictions; // not kept, the text stays as it was before
}

/** What a model is called. */
export interface ModelNames {
  model: string;
  version: string;
}

/**
 * @throws Error where the file is no edge file, or is not whole
 *
 * @example
 * const engine = createEngine(kernels, file, { model: "default", version: "1" });
 * engine.predict({ text: "the uni" }).predictions;
 */
export function createEngine(
  kernels: WebAssembly.Module,
  file: Uint8Array,
  names: ModelNames,
): Engine {
  const session = new LocalSession(LanguageModel.open(kernels, file));
  return {
    predict: ({ text, ...options }, isKept) => ({
      ...names,
      position: text.length,
      predictions: session.update(text, options, isKept),
    }),
  };
}
