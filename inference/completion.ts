// inference/completion: writes on from a prompt, a word at a time, and says how likely each word was. The wire format is
// completion-reply's.

import type { LanguageModel } from "./language-model.ts";
import { appendRest, contextAfter } from "./insertion.ts";
import { buildSamplingMask, buildSuggestionMask } from "./suggestion-mask.ts";
import { sampleWord } from "./sampling.ts";
import type { SamplingSettings } from "./sampling.ts";
import { reportToken } from "./token-report.ts";
import type { TokenReport } from "./token-report.ts";
import { pieceOf } from "./token-text.ts";
import type { TokenText } from "./token-text.ts";

/** How a text is to be written on. */
export interface CompletionSettings {
  sampling: SamplingSettings;
  maxTokens: number;
  stops: string[];
  seed: bigint;
  logprobs: number | null; // how many of the most probable words to report, null for no report at all
}

/** What can be sent of an answer after another word of it. */
export interface CompletionPart {
  text: string;
  tokens: TokenReport[];
  finish: "stop" | "length" | null;
  words: number; // how many more were written for it
}

/**
 * The ids of a prompt that are read; an end of sentence that they begin with is the one that every text begins with.
 *
 * @example
 * model.consume(model.initialState(), idsToRead(model, readText(model, "the united")));
 */
export function idsToRead(network: LanguageModel, { ids }: TokenText): number[] {
  const { endId } = network.vocabulary;
  return ids[0] === endId ? ids : [endId, ...ids];
}

/**
 * Writes on, one part a word. `prefix` holds a word's first letters that the text ends in: the first word completes it.
 *
 * @example
 * for (const { text, finish } of complete(model, { prompt, prefix: "", state, choice: 0 }, settings)) send(text, finish);
 */
export function* complete(
  network: LanguageModel,
  start: { prompt: TokenText; prefix: string; state: Float32Array; choice: number },
  settings: CompletionSettings,
): Generator<CompletionPart> {
  const { prompt, choice } = start;
  const { stops, maxTokens, logprobs, seed, sampling } = settings;
  const written = { text: prompt.text + start.prefix, previous: prompt.previous };
  const begin = written.text.length;
  const allowed = masksOf(network).sampling;
  const context = contextAfter(prompt.text, { ...network, previous: prompt.previous });
  const drawn: number[] = [];
  const held: TokenReport[] = [];
  let sent = begin;
  let state = start.state;
  const partUpTo = (end: number, finish: CompletionPart["finish"], words = 1): CompletionPart => {
    const unsent = finish === "length" ? -1 : held.findIndex(({ offset }) => offset >= end);
    const tokens = held.splice(0, unsent === -1 ? held.length : unsent);
    const text = written.text.slice(sent, end);
    sent = Math.max(sent, end);
    return { text, tokens, finish, words };
  };

  for (let step = 0; step < maxTokens; step++) {
    const logits = network.logits(state);
    const isInside = step === 0 && start.prefix !== "";
    const words = isInside ? markCompletions(network, start.prefix) : allowed;
    const draw = { seed, choice, step };
    const id = sampleWord(network, logits, words, { settings: sampling, drawn, draw });
    const { word, display } = network.words.entries[id]!;
    const piece = isInside ? appendRest(start.prefix, display, context) : pieceOf(network, written, id); // prettier-ignore
    const offset = written.text.length;
    const text = { ...written };
    held.push(
      logprobs === null
        ? { piece, offset, logprob: null, top: null }
        : reportToken(network, network.logProbabilities(state), { id, piece, offset, text, logprobs }), // prettier-ignore
    );
    drawn.push(id);
    written.text += piece;
    written.previous = word;
    const stop = findStop(written.text, sent, stops);
    if (stop !== -1) return yield partUpTo(stop, "stop");
    if (step + 1 === maxTokens) return yield partUpTo(written.text.length, "length");
    yield partUpTo(written.text.length - heldBack(written.text, sent, stops), null);
    state = network.consume(state, [id]);
  }
  if (maxTokens === 0) yield partUpTo(begin, "length", 0);
}

/**
 * Words that start so, if the vocabulary lacks `prefix` itself and there are any: the text ends inside one of them.
 *
 * @example
 * endsInsideWord(model, "statesm"); // true where the model has "statesman"
 */
export function endsInsideWord(network: LanguageModel, prefix: string): boolean {
  if (network.words.has(prefix)) return false;
  return markCompletions(network, prefix).includes(1);
}

function markCompletions(network: LanguageModel, prefix: string): Uint8Array {
  const { suggestible } = masksOf(network);
  const marks = new Uint8Array(suggestible.length);
  for (const id of network.words.idsStartingWith(prefix)) marks[id] = suggestible[id]!;
  return marks;
}

const masks = new WeakMap<LanguageModel, { sampling: Uint8Array; suggestible: Uint8Array }>();

/** A model's masks, built once: an answer may be short, and there may be many. */
function masksOf(network: LanguageModel) {
  let known = masks.get(network);
  if (!known) {
    const { words, tokenizer } = network;
    const [sampling, suggestible] = [buildSamplingMask, buildSuggestionMask].map((build) => build(words, tokenizer.name)); // prettier-ignore
    masks.set(network, (known = { sampling: sampling!, suggestible: suggestible! }));
  }
  return known;
}

/** Where the first of the stops begins, −1 where there is none. */
function findStop(text: string, from: number, stops: string[]): number {
  const found = stops.map((stop) => text.indexOf(stop, from)).filter((at) => at !== -1);
  return found.length > 0 ? Math.min(...found) : -1;
}

/** How many characters at the end may be the beginning of a stop. */
function heldBack(text: string, from: number, stops: string[]): number {
  let longest = 0;
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length - from); length > longest; length--) {
      if (text.endsWith(stop.slice(0, length))) longest = length;
    }
  }
  return longest;
}
