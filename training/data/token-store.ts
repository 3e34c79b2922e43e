// training/data/token-store: the tokens of a text in the order they were read, four bytes each, with every spelling kept once.

import { UNKNOWN_WORD } from "#model/tokenizers/tokenizer";
import type { Token, Tokenizer } from "#model/tokenizers/tokenizer";
import { hashWord } from "./word-hash.ts";

const CHUNK = 1 << 20;
const MAX_LENGTH = 0xffff;

/** A spelling of a word, as the text has it. */
export interface Spelling {
  word: string; // the vocabulary's key; `<unk>` for a part of a person's data
  written: string; // the same whatever was scrubbed
  surface: string;
  length: number; // of the surface, in UTF-16 units
  hash: number; // of the word
  document: number; // the first that has it
  isInSeveral: boolean; // whether others have it too
}

export class TokenStore {
  readonly spellings: Spelling[] = [];
  size = 0;
  /** Where each document that has ended does, exclusive. */
  readonly documentEnds: number[] = [];
  readonly documentNames: string[] = [];
  readonly #ids = new Map<string, number>();
  readonly #chunks: (Int32Array | null)[] = [];
  readonly #reserved: Set<string>;

  constructor({ reserved }: Tokenizer) {
    this.#reserved = new Set(reserved);
  }

  /** Documents that have ended. */
  get documents(): number {
    return this.documentEnds.length;
  }

  /**
   * Adds a token and returns its spelling.
   * @param isPersonal it is a part of a person's data, and to be read as an unknown word
   */
  add({ word, surface }: Token, isPersonal = false): Spelling {
    const length = Math.min(surface.length, MAX_LENGTH);
    // numbers are as many as the text has; of a placeholder only the length matters
    const isPlaceholder = this.#reserved.has(word);
    const isScrubbed = isPersonal && !isPlaceholder;
    const key = isScrubbed ? `\0\0${word}` : isPlaceholder ? `\0${word}${length}` : surface;
    let id = this.#ids.get(key);
    if (id === undefined || this.spellings[id]!.written !== word) {
      const read = isScrubbed ? UNKNOWN_WORD : word;
      const spelling = {
        word: read,
        written: word,
        surface: isPlaceholder ? word : surface,
        length,
      };
      id = this.#intern(key, spelling);
    }
    const at = this.size % CHUNK;
    if (at === 0) this.#chunks.push(new Int32Array(CHUNK));
    this.#chunks.at(-1)![at] = id;
    this.size++;
    const spelling = this.spellings[id]!;
    if (spelling.document !== this.documents) spelling.isInSeveral = true;
    return spelling;
  }

  /** The next token is another document's. */
  endDocument(name: string): void {
    this.documentEnds.push(this.size);
    this.documentNames.push(name);
  }

  /** The spelling's id of the token at a place. */
  at(place: number): number {
    return this.#chunks[Math.floor(place / CHUNK)]![place % CHUNK]!;
  }

  /** Frees the tokens before a place, which are not asked for again. */
  releaseBefore(place: number): void {
    const end = Math.floor(place / CHUNK);
    for (let chunk = end - 1; chunk >= 0 && this.#chunks[chunk]; chunk--) {
      this.#chunks[chunk] = null;
    }
  }

  #intern(
    key: string,
    spelling: Pick<Spelling, "word" | "written" | "surface" | "length">,
  ): number {
    // the same letters may be two words where a tokenizer tells them apart by what stands before
    const other = `${key}\0${spelling.written}`;
    const held = this.#ids.get(other);
    if (held !== undefined) return held;
    const id = this.spellings.length;
    this.spellings.push({
      ...spelling,
      hash: hashWord(spelling.written),
      document: this.documents,
      isInSeveral: false,
    });
    this.#ids.set(this.#ids.has(key) ? other : key, id);
    return id;
  }
}
