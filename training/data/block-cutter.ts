// training/data/block-cutter: cuts a stream of tokens into blocks at places that the text itself chooses, so that a text
// that grows, or stands twice in a corpus, is cut at the same places again (content-defined chunking).
//
// A block may end where a sentence does; where none has for long, at a line's end; where there are no lines either,
// behind any token. Of these places a hash of the words just before chooses: on average one in `mean` characters.

import { mixHash } from "./word-hash.ts";

export interface BlockSize {
  min: number; // characters that a block has at least, but for the last one of a text
  mean: number;
  max: number; // at the next place behind these a block ends anyhow
}

/** Words whose hash chooses where a block ends, and that make a shingle. */
export const SHINGLE_WORDS = 8;
const MAX_SENTENCE = 400; // characters; where a sentence is longer, lines count as sentences
const MAX_LINE = 800; // where lines are longer too, words do

const FACTOR = 0x01000193; // of the rolling hash, odd
const FACTOR_OUT = Array.from({ length: SHINGLE_WORDS }).reduce<number>(
  (power) => Math.imul(power, FACTOR),
  1,
);

export class BlockCutter {
  readonly #size: BlockSize;
  readonly #ring = new Int32Array(SHINGLE_WORDS);
  #at = 0;
  #rolling = 0;
  #block = 0; // characters since the block began
  #sentence = 0; // since the last end of a sentence
  #line = 0; // since the last end of a sentence or line
  #place = 0; // since the last place where a block might have ended
  #endsSentence = true;

  constructor(size: BlockSize) {
    this.#size = size;
  }

  /** The hash of the last `SHINGLE_WORDS` words. */
  get shingle(): number {
    return mixHash(this.#rolling);
  }

  /**
   * Takes the next token; says whether a new block begins with it.
   * @param hash of its word
   * @param length in characters
   */
  add(
    hash: number,
    length: number,
    { startsLine, endsSentence }: { startsLine: boolean; endsSentence: boolean },
  ): boolean {
    const begins = this.#mayBegin(startsLine) && this.#chooses();
    if (begins) this.#block = 0;
    if (this.#endsSentence) this.#sentence = this.#line = 0;
    if (startsLine) this.#line = 0;
    this.#endsSentence = endsSentence;
    const written = length + 1;
    this.#block += written;
    this.#sentence += written;
    this.#line += written;
    this.#place += written;
    const out = this.#ring[this.#at]!;
    this.#ring[this.#at] = hash;
    this.#at = (this.#at + 1) % SHINGLE_WORDS;
    this.#rolling = (Math.imul(this.#rolling, FACTOR) + hash - Math.imul(out, FACTOR_OUT)) | 0;
    return begins;
  }

  /** A document ended: what follows is a block of its own. */
  endDocument(): void {
    this.#ring.fill(0);
    this.#rolling = this.#block = this.#sentence = this.#line = this.#place = 0;
    this.#endsSentence = true;
  }

  #mayBegin(startsLine: boolean): boolean {
    if (this.#block === 0) return false;
    if (this.#endsSentence) return true;
    if (this.#sentence < MAX_SENTENCE) return false;
    return startsLine || this.#line >= MAX_LINE;
  }

  /** Whether the place before the next token is one of those chosen. */
  #chooses(): boolean {
    const { min, mean, max } = this.#size;
    const share = this.#place / (mean - min);
    this.#place = 0;
    if (this.#block >= max) return true;
    return this.#block >= min && mixHash(this.#rolling) / 2 ** 32 < share;
  }
}
