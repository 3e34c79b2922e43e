// inference/candidates: the words that may come after a state, and how probable each is, by the model and by what is known of
// the writer. What of a text is read, and what to insert, is the predictor's.

import { isAddress, nextParts } from "./address-parts.ts";
import type { AddressPart } from "./address-parts.ts";
import type { LanguageModel } from "./language-model.ts";
import { foldDiacritics, foldLetters } from "#model/tokenizers/letters";
import type { Vocabulary } from "#model/vocabulary";
import { eligibleWords, mixCache } from "./cache-mixture.ts";
import type { CacheMixture, Memory, ReadWord } from "./cache-mixture.ts";
import { findNear, MAX_EXACT } from "./corrections.ts";
import type { NearWord } from "./corrections.ts";
import { startsLower } from "./letter-case.ts";
import { isSuggestible, isSuppressed } from "./suggestion-mask.ts";
import type { SuppressedWords } from "./suggestion-mask.ts";

/** A word that may come next, or complete another. */
export interface Candidate {
  word: string; // as the vocabulary would have it
  display: string;
  probability: number;
}

/** The first letters of a word. */
export interface TypedLetters {
  word: string; // as the vocabulary would have them
  isCapital: boolean; // whether they were begun with a capital where none had to be
}

/** How often a capital is typed, where none has to be, for a word that mostly has none. */
const NEEDLESS_CAPITALS = 0.005;
/** How often I begins a name, where it may be the pronoun. */
const NAMES_BY_PRONOUNS = 0.1;
/** How many words the model may choose among those that start so, before the case of what was typed is considered. */
const MAX_CHOSEN = 250;
/** So many of the model's addresses, and of the writer's, are looked at for what comes next. */
const MAX_ADDRESSES = 100;

/**
 * Ranks the words that may follow.
 *
 * @example
 * const candidates = new Candidates(model, buildSuggestionMask(model.words, "text"));
 * candidates.next(state, 5, NO_MEMORY);
 */
export class Candidates {
  readonly #model: LanguageModel;
  readonly #vocabulary: Vocabulary;
  readonly #suggestible: Uint8Array; // [N]
  readonly #suppressed: SuppressedWords;
  /** By the state, which stays while a word is typed: the last mixture of the cache after it. */
  readonly #mixtures = new WeakMap<Float32Array, { words: ReadWord[]; below: CacheMixture }>();

  /** Only the suggestible words, 1 for each [N], and the writer's own but for suppressed ones, come into question. */
  constructor(
    model: LanguageModel,
    suggestible: Uint8Array,
    suppressed: SuppressedWords = new Set(),
  ) {
    this.#model = model;
    this.#vocabulary = model.words;
    this.#suggestible = suggestible;
    this.#suppressed = suppressed;
    model.setMask(suggestible);
  }

  /** The most probable words to come after a state [L, 2, H]. */
  next(state: Float32Array, limit: number, memory: Memory): Candidate[] {
    const factors = memory.rejected;
    const mixture = this.#mixMemory(state, memory);
    const { modelWeight, cacheMass } = mixture;
    const special = new Set([...cacheMass.keys(), ...factors.keys()]);
    const specialIds = [...special]
      .filter((word) => this.#vocabulary.has(word))
      .map((word) => this.#vocabulary.idOf(word))
      .filter((id) => this.#suggestible[id]);
    // all other words keep their order, and rise by no more places than there are words that are suppressed
    const others = this.#model
      .topK(state, limit + factors.size)
      .map(({ id, probability }) => this.#candidate(id, modelWeight * probability))
      .filter(({ word }) => !special.has(word));
    const all = [...others, ...this.#weigh(state, specialIds, mixture)];
    return rank(suppress(all, factors), limit);
  }

  /**
   * The most probable words that start so, without diacritics where none does with them; the probabilities of all of them
   * add up to 1 before some are suppressed.
   */
  startingWith(
    state: Float32Array,
    typed: TypedLetters,
    limit: number,
    memory: Memory,
  ): Candidate[] {
    const { word: prefix } = typed;
    const whole = this.#vocabulary.has(prefix) ? this.#vocabulary.idOf(prefix) : null;
    const among = (ids: number[]) => ids.filter((id) => this.#suggestible[id] || id === whole).sort((a, b) => a - b); // prettier-ignore
    const search = (ids: number[], fold: (word: string) => string) => {
      const folded = fold(prefix);
      const startsSo = (word: string) => fold(word).startsWith(folded);
      return this.#rankStarting(state, { ids: among(ids), startsSo, ...typed }, limit, memory); // prettier-ignore
    };
    const found = search(this.#vocabulary.idsStartingWith(prefix), foldLetters);
    if (found.length > 0) return found;
    return search(this.#vocabulary.idsStartingWithout(prefix), foldDiacritics);
  }

  /** The parts that may come next in an address, by the model's addresses that begin so and by the writer's own. */
  partsBehind(typed: string, memory: Memory): AddressPart[] {
    const beginning = foldLetters(/^.*[^\p{L}\p{M}\p{N}]/su.exec(typed)![0]);
    const ids = this.#vocabulary.idsStartingWith(beginning).filter((id) => this.#suggestible[id]);
    const ofModel = ids.sort((a, b) => b - a).slice(-MAX_ADDRESSES).map((id) => this.#vocabulary.entries[id]!.display); // prettier-ignore
    const before = memory.profile?.userWords.map(({ display }) => display) ?? [];
    const own = [...before, ...eligibleWords(this.#model, memory).map(({ surface }) => surface)];
    const isAllowed = (text: string) => isSuggestible(text) && !isSuppressed(text, this.#suppressed); // prettier-ignore
    const newest = own.filter((word) => isAddress(word) && isAllowed(word)).slice(-MAX_ADDRESSES);
    return nextParts(typed, [...ofModel, ...newest])
      .filter(({ part }) => isAllowed(part))
      .map((item) => {
        const factor = memory.rejected.get(foldLetters(item.part)) ?? 1;
        return { ...item, probability: factor * item.probability };
      });
  }

  /** The words that may be suggested and that some letters miss by one key; none where enough words begin so. */
  near(typed: string): NearWord[] {
    if (this.#vocabulary.idsStartingWith(typed).length > MAX_EXACT) return [];
    return findNear(this.#vocabulary, typed).filter(({ id }) => this.#suggestible[id]);
  }

  #rankStarting(
    state: Float32Array,
    { ids, startsSo, word, isCapital }: { ids: number[]; startsSo: (word: string) => boolean } & TypedLetters, // prettier-ignore
    limit: number,
    memory: Memory,
  ): Candidate[] {
    const factors = memory.rejected;
    const ofProfile = memory.profile && this.#mixMemory(state, memory);
    const isOwn = ofProfile
      ? ofProfile.cacheMass.keys().some(startsSo)
      : eligibleWords(this.#model, memory).some(({ word }) => startsSo(word));
    const isSpecial = isOwn || factors.keys().some(startsSo);
    let candidates: Candidate[];
    if (isSpecial) {
      const mixture = ofProfile ?? this.#mixMemory(state, memory);
      const userWords = mixture.userWords.filter(({ word }) => startsSo(word));
      candidates = normalise(this.#weigh(state, ids, { ...mixture, userWords }));
    } else {
      const chosen = isCapital ? MAX_CHOSEN : limit;
      candidates = this.#model.topKOf(state, ids, chosen).map(({ id, probability }) => this.#candidate(id, probability)); // prettier-ignore
    }
    if (isCapital) candidates = normalise(expectCapital(candidates, word));
    return isSpecial || isCapital ? rank(suppress(candidates, factors), limit) : candidates;
  }

  /** What the neural cache and the profile make of the word that comes after a state. */
  #mixMemory(state: Float32Array, memory: Memory): CacheMixture {
    const words = eligibleWords(this.#model, memory);
    let known = this.#mixtures.get(state);
    if (known?.words.length !== words.length || !words.every(isSame, known.words)) {
      known = { words, below: mixCache(this.#model, state, words) };
      this.#mixtures.set(state, known);
    }
    return memory.profile?.mix(known.below, memory.context ?? []) ?? known.below;
  }

  /** The probabilities of some words and of the writer's own, before any is suppressed. */
  #weigh(
    state: Float32Array,
    ids: number[],
    { modelWeight, cacheMass, userWords }: CacheMixture,
  ): Candidate[] {
    const probabilities = this.#model.probabilitiesOf(state, ids);
    const known = ids.map((id, at) => {
      const mass = cacheMass.get(this.#vocabulary.entries[id]!.word) ?? 0;
      return this.#candidate(id, modelWeight * probabilities[at]! + mass);
    });
    const allowed = userWords.filter(({ word }) => !isSuppressed(word, this.#suppressed));
    const unknown = allowed.map(({ word, display, cacheMass }) => ({ word, display, probability: cacheMass })); // prettier-ignore
    return [...known, ...unknown];
  }

  #candidate(id: number, probability: number): Candidate {
    const { word, display } = this.#vocabulary.entries[id]!;
    return { word, display, probability };
  }
}

/**
 * The most probable first, of equals the first; at most `limit`.
 *
 * @example
 * rank([{ probability: 0.1 }, { probability: 0.3 }], 1); // [{ probability: 0.3 }]
 */
export function rank<Item extends { probability: number }>(items: Item[], limit: number): Item[] {
  return items.sort((a, b) => b.probability - a.probability).slice(0, limit);
}

/** Whether a word is that of another list: an output belongs to one reading of one word, which may be written in several ways. */
function isSame(this: ReadWord[], { surface, output }: ReadWord, at: number): boolean {
  return surface === this[at]!.surface && output.bytes === this[at]!.output.bytes;
}

function normalise(candidates: Candidate[]): Candidate[] {
  const total = candidates.reduce((sum, { probability }) => sum + probability, 0);
  return candidates.map((item) => ({ ...item, probability: item.probability / total }));
}

/** The same words after a capital was typed: a name is meant, or the pronoun I where that is all that was typed. */
function expectCapital(candidates: Candidate[], typed: string): Candidate[] {
  const isPronoun = candidates.some(({ word, display }) => word === typed && display === "I");
  return candidates.map((candidate) => {
    const { word, display, probability } = candidate;
    if (startsLower(display)) return { ...candidate, probability: probability * NEEDLESS_CAPITALS };
    const isName = isPronoun && word !== typed && !/^I['’]/u.test(display);
    return isName ? { ...candidate, probability: probability * NAMES_BY_PRONOUNS } : candidate;
  });
}

/** The same words, the rejected ones less probable. */
function suppress(candidates: Candidate[], factors: Map<string, number>): Candidate[] {
  return candidates.map((item) => {
    return { ...item, probability: item.probability * (factors.get(item.word) ?? 1) };
  });
}
