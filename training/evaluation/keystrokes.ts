// training/evaluation/keystrokes: how many keys a typist saves who takes a word as soon as it is offered.
//
// Keystroke savings as in Trnka & McCoy (2008): (characters − keys) ÷ characters, over the words of a text. A list of
// WORDS_OFFERED words is offered after every key, narrowed to what has been typed of the word. Taking a word is one
// key and brings its space; a word that is never offered costs all its letters and the space. No model can save more
// than one that always offers the right word at once: the ceiling, below 1 by the words that the vocabulary lacks and by
// the one key that a word costs.

import { buildSuggestionMask } from "#inference/suggestion-mask";
import type { TokenizerName } from "#model/tokenizers/tokenizer";
import type { Vocabulary } from "#model/vocabulary";

export const WORDS_OFFERED = 5;

export class KeystrokeCounter {
  characters = 0;
  keys = 0;
  fewestKeys = 0; // of a model that knows what comes
  readonly #offered: Uint8Array; // [V] 1 for words that may be offered
  readonly #isWord: Uint8Array; // [V] 1 for what counts as a word typed: offered ones and unknown ones
  readonly #unknownId: number;
  readonly #narrowed: (id: number) => Int32Array[];

  constructor(vocabulary: Vocabulary, tokenizer: TokenizerName) {
    this.#unknownId = vocabulary.unknownId;
    this.#offered = buildSuggestionMask(vocabulary, tokenizer);
    this.#isWord = this.#offered.slice();
    this.#isWord[this.#unknownId] = 1;
    this.#narrowed = rememberNarrowing(vocabulary, this.#offered);
  }

  /** Counts one typed token of `length` characters; the scores rank what was offered before it. */
  add(id: number, length: number, scores: Float32Array): void {
    if (!this.#isWord[id]) return;
    this.characters += length + 1;
    this.keys += Math.min(this.#keysUntilOffered(id, scores) + 1, length + 1);
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

  #keysUntilOffered(id: number, scores: Float32Array): number {
    if (id === this.#unknownId) return Infinity;
    const score = scores[id]!;
    const stages = this.#narrowed(id);
    const typed = stages.findIndex((candidates) => {
      let better = 0;
      for (const other of candidates) if (scores[other]! > score) better++;
      return better < WORDS_OFFERED;
    });
    return typed === -1 ? Infinity : typed;
  }
}

/** For a word, the offered words that still fit after 0, 1, 2, … of its letters. */
function rememberNarrowing(
  vocabulary: Vocabulary,
  offered: Uint8Array,
): (id: number) => Int32Array[] {
  const byPrefix = new Map<string, Int32Array>();
  const fitting = (prefix: string) => {
    let ids = byPrefix.get(prefix);
    if (!ids) {
      ids = Int32Array.from(vocabulary.idsStartingWith(prefix).filter((id) => offered[id]));
      byPrefix.set(prefix, ids);
    }
    return ids;
  };
  const byWord = new Map<number, Int32Array[]>();
  return (id) => {
    let stages = byWord.get(id);
    if (!stages) {
      const word = vocabulary.entries[id]!.word;
      stages = Array.from({ length: word.length }, (_, typed) => fitting(word.slice(0, typed)));
      byWord.set(id, stages);
    }
    return stages;
  };
}
