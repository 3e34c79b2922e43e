// training/data/bound-text: a part of a long text that stands for the whole, so that scoring it takes a bounded time.

import { cutParts } from "./document-parts.ts";
import type { EncodedText } from "./encoded-text.ts";

/** Of held-out text so many tokens are scored: two models' perplexities are then apart by far less than a percent. */
const MAX_SCORED_TOKENS = 100_000;
const STRETCHES = 20;

/** Of a text of `length` tokens, stretches evenly apart that hold `max` in all; the whole where it is short enough. */
export function chooseStretches(length: number, max: number): [begin: number, end: number][] {
  if (length <= max) return [[0, length]];
  const size = Math.floor(max / STRETCHES);
  return Array.from({ length: STRETCHES }, (_, stretch) => {
    const begin = Math.floor((stretch * length) / STRETCHES);
    return [begin, begin + size];
  });
}

/** The text itself where it is short enough, else stretches of it. */
export function boundText(text: EncodedText, max = MAX_SCORED_TOKENS): EncodedText {
  if (text.ids.length <= max) return text;
  const stretches = chooseStretches(text.ids.length, max);
  const size = stretches.reduce((sum, [begin, end]) => sum + end - begin, 0);
  const parts = text.parts && cutParts(text.parts, stretches);
  const words = text.words && stretches.flatMap(([begin, end]) => text.words!.slice(begin, end));
  const bounded = { ids: new Int32Array(size), lengths: new Uint16Array(size), words, parts };
  let to = 0;
  for (const [begin, end] of stretches) {
    bounded.ids.set(text.ids.subarray(begin, end), to);
    bounded.lengths.set(text.lengths.subarray(begin, end), to);
    to += end - begin;
  }
  return bounded;
}
