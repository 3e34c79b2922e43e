// inference/candidates: the words that may come after a state, and how probable each is, by the model and by what is known of
// the writer. What of a text is read, and what to insert, is the predictor's.

import type { LanguageModel } from "./language-model.ts";
import type { Vocabulary } from "#model/vocabulary";
import { mixCache, heededWords } from "./cache-mixture.ts";
import type { Memory, CacheMixture } from "./cache-mixture.ts";

/** A word that may come next, or complete another. */
export interface Candidate {
  word: string; // as the vocabulary would have it
  display: string;
  probability: number;
}

export class Candidates {
  readonly #network: LanguageModel;
  readonly #vocabulary: Vocabulary;
  readonly #offered: Uint8Array; // [V]

  /** Only the words that are offered, 1 for each [V], and the writer's own, come into question. */
  constructor(network: LanguageModel, offered: Uint8Array) {
    this.#network = network;
    this.#vocabulary = network.vocabulary;
    this.#offered = offered;
    network.setMask(offered);
  }

  /** The topK words to come after a state. */
  next(state: Float32Array, limit: number, memory: Memory): Candidate[] {
    const factors = memory.rejected;
    const opinion = mixCache(this.#network, state, heededWords(this.#network, memory));
    const { rest, shares } = opinion;
    const special = new Set([...shares.keys(), ...factors.keys()]);
    const specialIds = [...special]
      .filter((word) => this.#vocabulary.has(word))
      .map((word) => this.#vocabulary.idOf(word))
      .filter((id) => this.#offered[id]);
    // all other words keep their order, and rise by no more places than there are words that are held back
    const others = this.#network
      .topK(state, limit + factors.size)
      .map(({ id, probability }) => this.#candidate(id, rest * probability))
      .filter(({ word }) => !special.has(word));
    const all = [...others, ...this.#weigh(state, specialIds, opinion)];
    return rank(suppress(all, factors), limit);
  }

  /** The topK words that start so; the probabilities of all of them add up to 1 before some are rejected. */
  startingWith(state: Float32Array, prefix: string, limit: number, memory: Memory): Candidate[] {
    const whole = this.#vocabulary.has(prefix) ? this.#vocabulary.idOf(prefix) : null;
    const ids = this.#vocabulary
      .idsStartingWith(prefix)
      .filter((id) => this.#offered[id] || id === whole)
      .sort((a, b) => a - b);
    const folded = prefix.toLowerCase();
    const startsSo = (word: string) => word.toLowerCase().startsWith(folded);
    const eligible = heededWords(this.#network, memory);
    const factors = memory.rejected;
    if (eligible.some(({ word }) => startsSo(word)) || factors.keys().some(startsSo)) {
      const opinion = mixCache(this.#network, state, eligible);
      const own = opinion.own.filter(({ word }) => startsSo(word));
      const weighed = this.#weigh(state, ids, { ...opinion, own });
      const total = weighed.reduce((sum, { probability }) => sum + probability, 0);
      const shares = weighed.map((candidate) => ({
        ...candidate,
        probability: candidate.probability / total,
      }));
      return rank(suppress(shares, factors), limit);
    }
    return this.#network
      .likeliestOf(state, ids, limit)
      .map(({ id, probability }) => this.#candidate(id, probability));
  }

  /** The probabilities of some words and of the writer's own, before any is held back. */
  #weigh(state: Float32Array, ids: number[], { rest, shares, own }: CacheMixture): Candidate[] {
    const probabilities = this.#network.probabilitiesOf(state, ids);
    const known = ids.map((id, at) => {
      const share = shares.get(this.#vocabulary.entries[id]!.word) ?? 0;
      return this.#candidate(id, rest * probabilities[at]! + share);
    });
    const unknown = own.map(({ word, display, share }) => ({ word, display, probability: share }));
    return [...known, ...unknown];
  }

  #candidate(id: number, probability: number): Candidate {
    const { word, display } = this.#vocabulary.entries[id]!;
    return { word, display, probability };
  }
}

/** The most probable first, of equals the first; at most `limit`. */
export function rank<Item extends { probability: number }>(items: Item[], limit: number): Item[] {
  return items.sort((a, b) => b.probability - a.probability).slice(0, limit);
}

/** The same words, the rejected ones less probable. */
function suppress(candidates: Candidate[], factors: Map<string, number>): Candidate[] {
  return candidates.map((candidate) => {
    return {
      ...candidate,
      probability: candidate.probability * (factors.get(candidate.word) ?? 1),
    };
  });
}
