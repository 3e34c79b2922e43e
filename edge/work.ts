// edge/work: how much a request asks for, reckoned in milliseconds before any of it is done, and long work in slices. The
// platform's clock stands still while a request computes, so nothing here is measured.
//
// L layers, H hidden size, V vocabulary size.

import type { LanguageModel } from "#inference/language-model";
import { MAX_PHRASE_STEPS } from "#inference/suggestion-list";
import type { ListOptions } from "#inference/suggestion-list";
import type { SamplingSettings } from "#inference/sampling";
import { settleSteps } from "#inference/session-text";
import type { SessionText } from "#inference/session-state";
import type { TextCursor } from "#inference/text-cursor";
import { readSteps, TOKENIZER_STEP } from "#model/tokenizers/tokenizer";
import { readTextSteps, writeTextSteps } from "#inference/token-text";
import type { TokenText } from "#inference/token-text";
import { ApiError } from "./errors.ts";
import { MAX_REQUEST_MS } from "./limits.ts";
import type { Model } from "./load-model.ts";
import { nextTurn } from "./turns.ts";

/** Of one core, on the cautious side. */
const NS_PER_WEIGHT = 0.06;
const NS_PER_WORD = 15_000;
const NS_PER_SCORE = 15; // of each word of the vocabulary, to add them up
const NS_PER_DRAW = 150; // …, to draw one
const NS_PER_SORTED = 250; // …, to draw one from the most probable
const NS_PER_REPORT = 150; // …, to report the most probable
const NS_PER_MIX = 40; // …, to mix it with n-grams and take the logarithm
const NS_PER_PIECE = 60_000; // to write a token behind a text
const NS_PER_SCANNED = 60; // …, to compare one with what was typed
/** Others wait no longer than this for their turn; a keystroke waits for a few of them. */
const SLICE_MS = 3;

/** Milliseconds for a word. */
export interface WordCosts {
  read: number; // into the state
  scored: number; // and its probability looked up
  reported: number; // and the most probable others
  written: number; // put behind a text, without the network
}

const costs = new WeakMap<LanguageModel, WordCosts>();

/** What words cost with a model. */
export function costsOf(network: LanguageModel): WordCosts {
  let known = costs.get(network);
  if (!known) costs.set(network, (known = estimateCosts(network)));
  return known;
}

function estimateCosts({ metadata, vocabulary, words }: LanguageModel): WordCosts {
  const { layers: L, hiddenSize: H } = metadata.config;
  const V = vocabulary.size;
  const read = NS_PER_WORD + 8 * L * H * H * NS_PER_WEIGHT;
  const scored = read + V * (H * NS_PER_WEIGHT + NS_PER_SCORE);
  const reported = scored + words.size * (NS_PER_MIX + NS_PER_REPORT);
  const [readMs, scoredMs, reportedMs] = [read, scored, reported].map((ns) => ns / 1e6) as [number, number, number]; // prettier-ignore
  return { read: readMs, scored: scoredMs, reported: reportedMs, written: NS_PER_PIECE / 1e6 };
}

/** What drawing a word costs. */
export function costOfDraw(
  network: LanguageModel,
  { temperature, topP }: SamplingSettings,
  logprobs: number | null,
): number {
  const { scored, reported, written } = costsOf(network);
  const sorted = temperature > 0 && topP < 1 ? NS_PER_SORTED : 0;
  const draw = (network.words.size * (NS_PER_MIX + NS_PER_DRAW + sorted)) / 1e6;
  const others = (logprobs ?? 0) * written; // put behind the text too, to be reported
  return (logprobs === null ? scored : reported + others) + draw + written;
}

/** What a list of predictions costs beyond the plain one that every request has. */
export function costOfList(
  network: LanguageModel,
  { phrases, correct }: Pick<ListOptions, "phrases" | "correct">,
): number {
  const { scored } = costsOf(network);
  const scanned = (network.words.size * NS_PER_SCANNED) / 1e6;
  return (phrases ? MAX_PHRASE_STEPS * scored : 0) + (correct ? scored + scanned : 0);
}

/**
 * @param ms what a request asks for
 * @param read what reading a word takes, to say it in words
 * @throws ApiError 400 where that is more than one request may
 */
export function checkWork(ms: number, read: number, param: string): void {
  if (ms <= MAX_REQUEST_MS) return;
  const [asked, budget] = [ms, MAX_REQUEST_MS].map((ms) => Math.ceil(ms / read));
  const message =
    `${param} asks for as much work as reading ${asked} words; with this model a request may ask for ${budget}: ` +
    "send less at a time, or ask for fewer or shorter answers";
  throw new ApiError({ status: 400, code: "too_much_work", message, param });
}

/** What reading a text into tokens takes, for each. */
const TOKEN_MS = 0.005;
/** What a step of that takes at least: it may lie inside of one long word. */
export const MIN_STEP_MS = 1;

const tokenizingMs = (tokens: number) => Math.max(tokens * TOKEN_MS, MIN_STEP_MS);

/**
 * What reading a text's `rest` takes, in milliseconds; its words are counted in slices.
 * @throws ApiError 400 where that is more than one request may
 */
export async function costOfReading(
  model: Model,
  cursor: Pick<TextCursor, "point" | "rest">,
): Promise<number> {
  const { read } = costsOf(model.network);
  const ms = (await new Slices().run(countWords(model, cursor), tokenizingMs)) * read;
  checkWork(ms, read, "text");
  return ms;
}

/** How many words a text's `rest` has, but for one that may go on; each step says how many it has found. */
function* countWords(
  { network: { tokenizer }, predictor }: Model,
  { point, rest }: Pick<TextCursor, "point" | "rest">,
): Generator<number, number> {
  if (rest.length <= TOKENIZER_STEP) return predictor.tokensBehind(point, rest).tokens.length;
  let count = 0;
  for (const { length } of readSteps(tokenizer, rest, false)) {
    count += length;
    yield length;
  }
  return count;
}

/** A session's text read as far as it is settled, in slices. */
export function settleInSlices({ network, predictor }: Model, text: SessionText): Promise<SessionText> {
  const { read } = costsOf(network);
  const steps = settleSteps(text, predictor, stepLength(network));
  return new Slices().run(steps, (words) => Math.max(words * read, MIN_STEP_MS));
} // prettier-ignore

/** Of so many characters, words of a single letter fill a slice. */
export function stepLength(network: LanguageModel): number {
  return 2 * Math.ceil(SLICE_MS / costsOf(network).read);
}

/** A text's tokens, found in slices. */
export function readInSlices(
  network: LanguageModel,
  text: string,
  slices = new Slices(),
): Promise<TokenText> {
  return slices.run(readTextSteps(network, text), tokenizingMs);
}

/** The text that ids stand for, written in slices. */
export function writeInSlices(
  network: LanguageModel,
  ids: number[],
  slices = new Slices(),
): Promise<TokenText> {
  const { written } = costsOf(network);
  return slices.run(writeTextSteps(network, ids), () => written);
}

/** The tokens of a text, but that a name such as `describeTokenizer` gives, `<eos>` alone, is that token itself. */
export async function readTextOrName(network: LanguageModel, text: string): Promise<TokenText> {
  if (!network.tokenizer.reserved.includes(text)) return readInSlices(network, text);
  return { text, ids: [network.words.idOf(text)], pieces: [text], previous: text };
}

/** Lets others take turns with long work: `spend` what each step of it takes. */
export class Slices {
  #spent = 0;

  async spend(ms: number): Promise<void> {
    this.#spent += ms;
    if (this.#spent < SLICE_MS) return;
    this.#spent = 0;
    await nextTurn();
  }

  /** Takes a generator's steps; `msOf` says what each takes. Answers what they made. */
  async run<Step, Result>(
    steps: Generator<Step, Result>,
    msOf: (step: Step) => number,
  ): Promise<Result> {
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
      await this.spend(msOf(value));
    }
  }

  /** The state after these words. */
  async consume(
    network: LanguageModel,
    state: Float32Array,
    ids: readonly number[],
  ): Promise<Float32Array> {
    const { read } = costsOf(network);
    const some = Math.max(Math.floor(SLICE_MS / read), 1);
    let reached = state;
    for (let first = 0; first < ids.length; first += some) {
      const part = ids.slice(first, first + some);
      reached = network.consume(reached, part);
      await this.spend(part.length * read);
    }
    return reached;
  }
}
