// training/evaluation/keystrokes: how many keys a typist saves who takes a word as soon as it is suggested. Where it stands among
// the suggestions is inference/typing-rank's.
//
// Keystroke savings as in Trnka & McCoy (2008): (characters − keys) ÷ characters, over the words of a text. A list of
// SUGGESTIONS words is shown after every key, narrowed to what has been typed of the word. Taking a word is one
// key and brings its space; a word that is never suggested costs all its letters and the space. No model can save more
// than one that always suggests the right word at once: the ceiling, below 1 by the words that the vocabulary lacks and by
// the one key that a word costs. A session may also offer what was typed before: words that the vocabulary lacks then cost
// all their letters once only.

import { CoverageCounter, SUGGESTIONS } from "./coverage.ts";
import { isSuggestible } from "#inference/suggestion-mask";
import { TypingRank } from "#inference/typing-rank";
import type { RankedBeside } from "#inference/typing-rank";
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
  fewestKeysOfSession = 0; // and may also offer what was typed before
  unknownKeys = 0; // for words that the vocabulary lacks, beyond the one that a known word costs
  readonly #typed = new Set<string>(); // of these words, those that came
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
   * @param beside what else is offered, and the token's own letters where the vocabulary lacks it
   */
  add(
    id: number,
    length: number,
    scores: Float32Array,
    { word, ...beside }: RankedBeside & { word?: string } = {},
  ): void {
    if (!this.#isWord[id]) return;
    this.coverage.add(id, scores);
    const letters =
      id === this.#unknownId && word !== undefined
        ? this.#rank.lettersUntilUserWord(word, scores, beside)
        : this.#rank.lettersUntilSuggested(id, scores, beside);
    const keys = length + 1;
    this.characters += keys;
    this.keys += Math.min(letters + 1, keys);
    const isKnown = id !== this.#unknownId;
    this.fewestKeys += isKnown ? 1 : keys;
    this.unknownKeys += isKnown ? 0 : keys - 1;
    const mayBeOffered = isKnown || (word !== undefined && this.#typed.has(word));
    this.fewestKeysOfSession += mayBeOffered ? 1 : keys;
    if (!isKnown && word !== undefined && isSuggestible(word)) this.#typed.add(word);
  }

  get savings(): number {
    return this.#savedBy(this.keys);
  }

  get ceiling(): number {
    return this.#savedBy(this.fewestKeys);
  }

  get ceilingOfSession(): number {
    return this.#savedBy(this.fewestKeysOfSession);
  }

  /** The share of the keystrokes that unknown words cost. */
  get lostToUnknown(): number {
    return this.characters === 0 ? 0 : this.unknownKeys / this.characters;
  }

  #savedBy(keys: number): number {
    return this.characters === 0 ? 0 : (this.characters - keys) / this.characters;
  }
}
