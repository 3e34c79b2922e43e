// inference/cache-mixture: what a writer's own recent words make of the next word: a mixture of the softmax and the neural
// cache. Pure; what is remembered is the session's, what comes of it candidates'.

import { cachedOutput } from "./neural-cache.ts";
import type { CachedOutput } from "./neural-cache.ts";
import type { LanguageModel } from "./language-model.ts";
import { isSuggestible } from "./suggestion-mask.ts";
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

/** What predictions go by besides the model. */
export interface Memory {
  words: ReadWord[]; // all that came lately
  mayLearn(word: { start: number; end: number }): boolean; // whether one of the text's may raise its probability
  rejected: Map<string, number>; // what the probability of a word, as a vocabulary would have it, is multiplied by
  profile?: ProfileMixture; // what is known of the writer beyond the text
  context?: string[]; // the last words before the next, for the profile
}

/** A writer's profile, as profile-mixture makes one: pages that hold none need not load it. */
export interface ProfileMixture {
  userWords: readonly { word: string; display: string }[]; // that the model lacks
  mix(below: CacheMixture, context: string[]): CacheMixture;
}

/** Of a writer nothing is known. */
export const NO_MEMORY: Memory = { words: [], mayLearn: () => false, rejected: new Map() };

/** A word that the vocabulary lacks. */
export interface UserWord {
  word: string;
  display: string; // as it was written last, but for the capital that a sentence begins with
  cacheMass: number;
}

/** p(w) = modelWeight · softmax(w) + cacheMass(w) */
export interface CacheMixture {
  modelWeight: number;
  cacheMass: Map<string, number>; // 0 where there is none
  userWords: UserWord[]; // those that have a share and may be suggested
}

/**
 * The words of a memory that take part in a model's cache.
 *
 * @example
 * eligibleWords(model, NO_MEMORY); // []
 */
export function eligibleWords(model: LanguageModel, { words, mayLearn }: Memory): ReadWord[] {
  const { window, lambda } = model.cache.settings;
  return lambda === 0 ? [] : words.slice(-window).filter(mayLearn);
}

/**
 * What eligible words make of the word that comes after a state.
 *
 * @example
 * mixCache(model, state, []); // { modelWeight: 1, cacheMass: new Map(), userWords: [] }
 */
export function mixCache(
  model: LanguageModel,
  state: Float32Array,
  words: ReadWord[],
): CacheMixture {
  if (words.length === 0) return { modelWeight: 1, cacheMass: new Map(), userWords: [] };
  const { cacheMass, modelWeight } = model.cache.share(words, cachedOutput(model.output(state)));
  return { modelWeight, cacheMass, userWords: findUserWords(model.words, cacheMass, words) };
}

function findUserWords(
  vocabulary: Vocabulary,
  masses: Map<string, number>,
  words: ReadWord[],
): UserWord[] {
  const found = new Map<string, UserWord>();
  for (const { word, surface, opens } of words) {
    const cacheMass = masses.get(word);
    if (cacheMass === undefined || vocabulary.has(word) || !isSuggestible(word)) continue;
    if (opens && found.has(word)) continue;
    found.set(word, { word, display: surface, cacheMass });
  }
  return [...found.values()];
}
