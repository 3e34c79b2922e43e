// model/vocabulary: the words a model knows, by id, with the spelling to show and how often each was seen.

import { foldDiacritics, foldLetters, straightApostrophes } from "./tokenizers/letters.ts";
import { END_OF_SENTENCE, UNKNOWN_WORD } from "./tokenizers/tokenizer.ts";
import type { Token, Tokenizer } from "./tokenizers/tokenizer.ts";

/** A word of a vocabulary. */
export interface VocabularyEntry {
  word: string; // the key that the tokenizer makes
  display: string; // its most frequent spelling
  count: number; // in the training text
}

/** A word as it is compared. */
export interface FoldedWord {
  folded: string;
  id: number;
}

/**
 * The words that a model knows.
 *
 * @example
 * const { unknownId } = new Vocabulary(entries);
 */
export class Vocabulary {
  readonly entries: readonly VocabularyEntry[];
  readonly unknownId: number;
  readonly endId: number;
  readonly #ids: Map<string, number>;
  #sorted: FoldedWord[] | undefined;
  #sortedPlain: FoldedWord[] | undefined; // those that have diacritics

  constructor(entries: VocabularyEntry[]) {
    this.entries = entries;
    this.#ids = new Map(entries.map(({ word }, id) => [word, id]));
    if (this.#ids.size !== entries.length) throw new Error("vocabulary names a word twice");
    this.unknownId = this.#require(UNKNOWN_WORD);
    this.endId = this.#require(END_OF_SENTENCE);
  }

  get size(): number {
    return this.entries.length;
  }

  has(word: string): boolean {
    return this.#ids.has(word);
  }

  /** The word's id, or that of `<unk>`. */
  idOf(word: string): number {
    return this.#ids.get(word) ?? this.unknownId;
  }

  /**
   * Ids of the words that start with the letters of `prefix`, in no order to rely on.
   *
   * @example
   * vocabulary.idsStartingWith("uni"); // those of union, United, universe, …
   */
  idsStartingWith(prefix: string): number[] {
    return idsBetween(this.folded, foldLetters(prefix));
  }

  /** All words as they are compared, in order. */
  get folded(): readonly FoldedWord[] {
    this.#sorted ??= sortFolded(this.entries.map(({ word }, id) => ({ folded: foldLetters(word), id }))); // prettier-ignore
    return this.#sorted;
  }

  /** The same without diacritics, in the words and in `prefix`: `cafe` finds café. */
  idsStartingWithout(prefix: string): number[] {
    this.#sortedPlain ??= sortFolded(
      this.entries
        .map(({ word }, id) => ({ folded: foldDiacritics(word), id }))
        .filter(({ folded, id }) => folded !== foldLetters(this.entries[id]!.word)),
    );
    const plain = foldDiacritics(prefix);
    return [...this.idsStartingWith(plain), ...idsBetween(this.#sortedPlain, plain)];
  }

  /** UTF-8, a line per id: word TAB display form TAB count. */
  encode(): Uint8Array {
    return encodeEntries(this.entries);
  }

  /**
   * Reads what `encode` wrote.
   * @throws with the line's number when one does not fit
   */
  static decode(bytes: Uint8Array): Vocabulary {
    return new Vocabulary(decodeEntries(bytes));
  }

  #require(word: string): number {
    const id = this.#ids.get(word);
    if (id === undefined) throw new Error(`vocabulary lacks ${word}`);
    return id;
  }
}

/**
 * UTF-8, a line per entry: word TAB display form TAB count.
 * @example
 * encodeEntries([{ word: "states", display: "States", count: 12 }]); // the bytes of "states\tStates\t12\n"
 */
export function encodeEntries(entries: readonly VocabularyEntry[]): Uint8Array {
  const lines = entries.map(({ word, display, count }) => `${word}\t${display}\t${count}\n`);
  return new TextEncoder().encode(lines.join(""));
}

/**
 * Reads what `encodeEntries` wrote.
 * @throws with the line's number when one does not fit
 * @example
 * decodeEntries(encodeEntries(vocabulary.entries))[0]?.word; // "<unk>"
 */
export function decodeEntries(bytes: Uint8Array): VocabularyEntry[] {
  const lines = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
    .decode(bytes)
    .split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line, id) => {
    const [word, display, count] = line.split("\t");
    if (!word || display === undefined || !/^\d+$/.test(count ?? "")) {
      throw new Error(`vocabulary line ${id + 1} is not "word TAB display TAB count"`);
    }
    return { word, display, count: Number(count) };
  });
}

function sortFolded(words: FoldedWord[]): FoldedWord[] {
  return words.sort((a, b) => (a.folded < b.folded ? -1 : a.folded > b.folded ? 1 : 0));
}

/** The ids of those that start so, by binary search. */
function idsBetween(sorted: readonly FoldedWord[], prefix: string): number[] {
  let low = 0;
  for (let high = sorted.length; low < high;) {
    const middle = (low + high) >> 1;
    if (sorted[middle]!.folded < prefix) low = middle + 1;
    else high = middle;
  }
  const ids: number[] = [];
  while (low < sorted.length && sorted[low]!.folded.startsWith(prefix)) ids.push(sorted[low++]!.id);
  return ids;
}

/**
 * Counts the words of a corpus and how each is spelt.
 * @example
 * const counter = new VocabularyCounter();
 * counter.add({ word: "states", surface: "States", start: 0, end: 6 });
 * counter.build(findTokenizer("text"), 10_000); // a Vocabulary
 */
export class VocabularyCounter {
  readonly #words = new Map<string, { count: number; spellings: Map<string, number> }>();
  #startsSentence = true;
  tokens = 0;

  add(token: Token): void {
    this.tokens++;
    const { word, surface } = token;
    let entry = this.#words.get(word);
    if (!entry) this.#words.set(word, (entry = { count: 0, spellings: new Map() }));
    entry.count++;
    // a capital at the start of a sentence says nothing about the word
    if (!this.#startsSentence || straightApostrophes(surface) === word) {
      entry.spellings.set(surface, (entry.spellings.get(surface) ?? 0) + 1);
    }
    this.#startsSentence = word === END_OF_SENTENCE;
  }

  /** How many different words were seen. */
  get types(): number {
    return this.#words.size;
  }

  /** The `size` most frequent words, reserved ones first; words seen equally often in code-point order. */
  build(tokenizer: Tokenizer, size: number): Vocabulary {
    return this.choose(tokenizer, size).vocabulary;
  }

  /**
   * The most frequent words, as `build` has them, of a network and of the n-grams beside it.
   * @param size how many of them the network gets, reserved ones included; never fewer than its parent has
   */
  choose(tokenizer: Tokenizer, size: number, choice: WordChoice = {}): ChosenWords {
    const { minCount = 1, minExtraCount = 1, maxWords = size, parent, isAllowed = () => true } = choice; // prettier-ignore
    const { reserved } = tokenizer;
    const entries = this.#entries(reserved, parent?.words);
    const isOften = ({ word }: VocabularyEntry, min: number) =>
      isAllowed(word) && this.#countOf(word) >= min;
    const inherited = entries.filter(({ word }) => parent?.vocabulary.has(word));
    const room = Math.max(size - reserved.length - inherited.length, 0);
    const others = entries.filter(({ word }) => !parent?.vocabulary.has(word));
    const chosen = others.filter((entry) => isOften(entry, minCount)).slice(0, room);
    const network = [...inherited, ...chosen].sort(byCount);
    const known = new Set(chosen);
    const left = others.filter((entry) => !known.has(entry));
    const own = left.filter((entry) => isOften(entry, minExtraCount));
    // where there is no room for all, the text's words go before the parent's
    const isOwn = new Set(own);
    const inheritedExtra = left.filter((entry) => !isOwn.has(entry) && parent?.words.has(entry.word)); // prettier-ignore
    const extra = [...own, ...inheritedExtra];
    const reservedEntries = reserved.map((word) => {
      const before = parent?.vocabulary;
      const count = this.#countOf(word) + (before?.has(word) ? before.entries[before.idOf(word)]!.count : 0); // prettier-ignore
      return { word, display: word, count };
    });
    // <unk> stands first and also counts every word that did not make the list
    reservedEntries[0]!.count += this.#countOthers(new Set([...reserved, ...network.map(({ word }) => word)])); // prettier-ignore
    const vocabulary = new Vocabulary([...reservedEntries, ...network]);
    const kept = extra.slice(0, Math.max(maxWords - vocabulary.size, 0));
    const words = kept.length > 0 ? new Vocabulary([...vocabulary.entries, ...kept]) : vocabulary;
    return { vocabulary, words };
  }

  /** All words but the reserved ones, the most frequent first; a parent's keep its counts where those are larger. */
  #entries(reserved: string[], parent?: Vocabulary): VocabularyEntry[] {
    const entries = new Map<string, VocabularyEntry>();
    for (const [word, { count, spellings }] of this.#words) {
      entries.set(word, { word, display: mostFrequent(spellings) ?? word, count });
    }
    for (const entry of parent?.entries ?? []) {
      const here = entries.get(entry.word);
      if (!here || here.count < entry.count) entries.set(entry.word, { ...entry });
    }
    return [...entries.values()].filter(({ word }) => !reserved.includes(word)).sort(byCount);
  }

  #countOf(word: string): number {
    return this.#words.get(word)?.count ?? 0;
  }

  #countOthers(known: Set<string>): number {
    let count = 0;
    for (const [word, entry] of this.#words) if (!known.has(word)) count += entry.count;
    return count;
  }
}

/** Which words of a text a model is to know. */
export interface WordChoice {
  minCount?: number; // the network learns words that occur so often
  minExtraCount?: number; // and the n-grams those
  maxWords?: number; // in all, those of the network included
  parent?: ChosenWords; // of the model that training goes on from: all its words stay
  isAllowed?(word: string): boolean; // of the words that the parent's network lacks
}

/** Which words a model knows. */
export interface ChosenWords {
  vocabulary: Vocabulary; // of the network
  words: Vocabulary; // those, and behind them the ones that only n-grams know
}

function byCount(a: VocabularyEntry, b: VocabularyEntry): number {
  return b.count - a.count || (a.word < b.word ? -1 : 1);
}

function mostFrequent(spellings: Map<string, number>): string | undefined {
  let best: string | undefined;
  for (const [spelling, count] of spellings) {
    if (best === undefined || count > spellings.get(best)!) best = spelling;
  }
  return best;
}
