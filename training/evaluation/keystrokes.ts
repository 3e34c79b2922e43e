// training/evaluation/keystrokes: how many keys a typist saves who takes a word as soon as it is suggested. Where it stands among
// the suggestions is inference/typing-rank's.
//
// Keystroke savings as in Trnka & McCoy (2008): (characters − keys) ÷ characters, over the words of a text. A list of
// SUGGESTIONS words is shown after every key, narrowed to what has been typed of the word. Taking a word is one
// key and brings its space; a word that is never suggested costs all its letters and the space. No model can save more
// than one that always suggests the right word at once: the ceiling, below 1 by the words that the vocabulary lacks and by
// the one key that a word costs.

import { CoverageCounter, SUGGESTIONS } from "./coverage.ts";
import { TypingRank } from "#inference/typing-rank";
import type { Followers } from "#inference/typing-rank";
import type { TokenizerName } from "#model/tokenizers/tokenizer";
import type { Vocabulary } from "#model/vocabulary";

export { SUGGESTIONS };

/**
 * Adds up keys over the words of a text.
 *
 * @example
 * const counter = new KeystrokeCounter(vocabulary, "text");
 * counter.add(id, "people".length, logProbabilities);
 * counter.savings; // 0.71
 */
export class KeystrokeCounter {
  characters = 0;
  keys = 0;
  fewestKeys = 0; // of a model that knows what comes
  readonly coverage: CoverageCounter;
  readonly #rank: TypingRank;
  readonly #isWord: Uint8Array; // [V] 1 for what counts as a word typed: suggestible ones and unknown ones
  readonly #unknownId: number;

  constructor(vocabulary: Vocabulary, tokenizer: TokenizerName) {
    this.#unknownId = vocabulary.unknownId;
    this.#rank = new TypingRank(vocabulary, tokenizer, SUGGESTIONS);
    this.coverage = new CoverageCounter(this.#rank.suggestible);
    this.#isWord = this.#rank.suggestible.slice();
    this.#isWord[this.#unknownId] = 1;
  }

  /**
   * Counts one typed token of `length` characters.
   * @param scores rank what may stand in its place [V]
   * @param followers what may follow a word in its place, where that is known
   */
  add(id: number, length: number, scores: Float32Array, followers?: Followers): void {
    if (!this.#isWord[id]) return;
    this.coverage.add(id, scores);
    this.characters += length + 1;
    this.keys += Math.min(this.#rank.lettersUntilSuggested(id, scores, followers) + 1, length + 1);
    this.fewestKeys += id === this.#unknownId ? length + 1 : 1;
  }

  get savings(): number {
    return this.#savedBy(this.keys);
  }

  get ceiling(): number {
    return this.#savedBy(this.fewestKeys);
  }

  #savedBy(keys: number): number {
    return this.characters === 0 ? 0 : (this.characters - keys) / this.characters;
  }
}
