// inference/cache-mixture: what a writer's own words, and the suggestions they rejected, make of the next word. Pure; what is
// remembered is the session's, what comes of it the predictor's.

import { cachedOutput } from "./neural-cache.ts";
import type { CachedOutput } from "./neural-cache.ts";
import type { LanguageModel } from "./language-model.ts";
import { hasLetter } from "./suggestion-mask.ts";
import type { Vocabulary } from "#model/vocabulary";

/** A word of a text, and the network's output that it followed. */
export interface ReadWord {
  word: string; // as a vocabulary would have it
  surface: string; // as written
  opens: boolean; // the first of its sentence
  start: number; // in the text
  end: number;
  output: CachedOutput;
}

/** What predictions eligible besides the model. */
export interface Memory {
  words: ReadWord[]; // all that came lately
  mayLearn(word: { start: number; end: number }): boolean; // whether one of the text's is to be eligible
  rejected: Map<string, number>; // what the probability of a word, as a vocabulary would have it, is multiplied by
}

export const NO_MEMORY: Memory = { words: [], mayLearn: () => false, rejected: new Map() };

/** A word that the vocabulary lacks. */
export interface OwnWord {
  word: string;
  display: string; // as it was written last, but for the capital that a sentence begins with
  share: number;
}

/** p(w) = rest · softmax(w) + share(w) */
export interface CacheMixture {
  rest: number;
  shares: Map<string, number>; // 0 where there is none
  own: OwnWord[]; // those that have a share and may be offered
}

/** The words of a memory that a network's cache heeds. */
export function heededWords(network: LanguageModel, { words, mayLearn }: Memory): ReadWord[] {
  const { window, lambda } = network.cache.settings;
  return lambda === 0 ? [] : words.slice(-window).filter(mayLearn);
}

/** What eligible words make of the word that comes after a state. */
export function mixCache(
  network: LanguageModel,
  state: Float32Array,
  words: ReadWord[],
): CacheMixture {
  if (words.length === 0) return { rest: 1, shares: new Map(), own: [] };
  const { shares, rest } = network.cache.share(words, cachedOutput(network.output(state)));
  return { rest, shares, own: ownWords(network.vocabulary, shares, words) };
}

function ownWords(
  vocabulary: Vocabulary,
  shares: Map<string, number>,
  words: ReadWord[],
): OwnWord[] {
  const own = new Map<string, OwnWord>();
  for (const { word, surface, opens } of words) {
    const share = shares.get(word);
    if (share === undefined || vocabulary.has(word) || !hasLetter(word)) continue;
    if (opens && own.has(word)) continue;
    own.set(word, { word, display: surface, share });
  }
  return [...own.values()];
}
