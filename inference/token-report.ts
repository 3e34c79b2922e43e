// inference/token-report: how probable each token of a prompt or an answer was, and what else might have stood there.

import { INSERTION_REACH } from "./insertion.ts";
import type { LanguageModel } from "./language-model.ts";
import { mostProbable } from "./sampling.ts";
import { pieceOf } from "./token-text.ts";
import type { TokenText } from "./token-text.ts";

/** One token of the answer and what there is to report of it. */
export interface TokenReport {
  piece: string;
  offset: number; // from the prompt's beginning, in UTF-16 code units
  logprob: number | null; // null where nothing was asked, and for a prompt's first word
  top: Record<string, number> | null;
}

/**
 * Every token of a prompt with what the words before it made of it, one a step.
 *
 * @example
 * for (const { piece, logprob } of reportPrompt(model, readText(model, "the people"), 0)) show(piece, logprob);
 */
export function* reportPrompt(
  network: LanguageModel,
  { ids, pieces }: TokenText,
  logprobs: number | null,
): Generator<TokenReport> {
  const { endId } = network.vocabulary;
  let state = network.initialState();
  if (ids[0] !== endId) state = network.consume(state, [endId]);
  let offset = 0;
  let text = { text: "", previous: "" };
  for (const [index, id] of ids.entries()) {
    const piece = pieces[index]!;
    yield logprobs === null || index === 0
      ? { piece, offset, logprob: null, top: null }
      : reportToken(network, network.logProbabilities(state), { id, piece, offset, text, logprobs }); // prettier-ignore
    if (logprobs !== null) state = network.consume(state, [id]);
    offset += piece.length;
    const before = (text.text + piece).slice(-INSERTION_REACH);
    text = { text: before, previous: network.words.entries[id]!.word };
  }
}

/**
 * One token after a state whose log-probabilities [N] are given; `logprobs` says how many others to report.
 *
 * @example
 * reportToken(model, model.logProbabilities(state), { id, piece: " people", offset: 3, text, logprobs: 5 });
 */
export function reportToken(
  network: LanguageModel,
  logProbabilities: Float32Array,
  {
    id,
    piece,
    offset,
    text,
    logprobs,
  }: {
    id: number;
    piece: string;
    offset: number;
    text: { text: string; previous: string };
    logprobs: number;
  },
): TokenReport {
  const logprob = logProbabilities[id]!;
  if (logprobs === 0) return { piece, offset, logprob, top: null };
  const top: Record<string, number> = {};
  for (const other of mostProbable(logProbabilities, logprobs)) {
    const key = other === id ? piece : pieceOf(network, text, other) || network.words.entries[other]!.word; // prettier-ignore
    top[key] = logProbabilities[other]!;
  }
  top[piece] = logprob; // the word itself is always among them
  return { piece, offset, logprob, top };
}
