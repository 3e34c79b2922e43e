// training/data/blocks: the blocks of a text that is being read: where each begins, a hash that says on which side it falls,
// and samples of its word sequences by which a repetition is found. Which block is held out is hold-out's.

import { BlockCutter, SHINGLE_WORDS } from "./block-cutter.ts";
import type { BlockSize } from "./block-cutter.ts";
import { mixHash } from "./word-hash.ts";

/** What is held out whole: a file, a document of many, or a passage of a text. */
export type HeldOutUnit = "file" | "document" | "passage";

const SIZES: Record<"document" | "passage", BlockSize & { named: number }> = {
  // a document longer than `min` is cut, so that no single one is most of what is held out
  document: { min: 20_000, mean: 40_000, max: 100_000, named: 64 },
  passage: { min: 400, mean: 1_000, max: 2_500, named: 32 },
};

const SAMPLED_MASK = 7; // one shingle in eight is kept
const NONE = 2 ** 32; // above every shingle

export interface Block {
  begin: number; // its first token
  hash: number; // of its first words: a block that grows at its end keeps it
  firstSample: number; // its place among the samples
}

/** Blocks of one text, in order; a block ends where the next begins. */
export class BlockTable {
  readonly blocks: Block[] = [];
  readonly unit: "document" | "passage";
  tokens = 0;
  samples = new Uint32Array(1 << 12); // sampled shingles' hashes, block after block
  sampleCount = 0;
  readonly #cutter: BlockCutter;
  readonly #named: number; // so many words make a block's hash
  #inBlock = 0; // tokens of the running block
  #isNew = true;
  #lowest = NONE; // the running block's lowest shingle: of every block one is kept

  constructor(unit: "document" | "passage") {
    this.unit = unit;
    this.#cutter = new BlockCutter(SIZES[unit]);
    this.#named = SIZES[unit].named;
  }

  /** Takes the next token; see `BlockCutter.add`. */
  add(hash: number, length: number, marks: { startsLine: boolean; endsSentence: boolean }): void {
    if (this.#cutter.add(hash, length, marks) || this.#isNew) {
      this.finish();
      this.blocks.push({ begin: this.tokens, hash: 0, firstSample: this.sampleCount });
      this.#inBlock = 0;
      this.#isNew = false;
    }
    if (this.#inBlock < this.#named) {
      const block = this.blocks.at(-1)!;
      block.hash = mixHash(Math.imul(block.hash, 31) + hash);
    }
    this.#inBlock++;
    this.tokens++;
    if (this.#inBlock < SHINGLE_WORDS) return;
    const { shingle } = this.#cutter;
    if ((shingle & SAMPLED_MASK) === 0) this.#keep(shingle);
    else if (shingle < this.#lowest) this.#lowest = shingle;
  }

  /** The last token was added. */
  finish(): void {
    if (this.#lowest !== NONE) this.#keep(this.#lowest);
    this.#lowest = NONE;
  }

  /** A document ended: the next token begins a block. */
  endDocument(): void {
    this.#cutter.endDocument();
    this.#isNew = true;
  }

  /** Where a block ends, exclusive. */
  endOf(block: number): number {
    return this.blocks[block + 1]?.begin ?? this.tokens;
  }

  /** The hashes of a block's sampled shingles. */
  samplesOf(block: number): Uint32Array {
    const end = this.blocks[block + 1]?.firstSample ?? this.sampleCount;
    return this.samples.subarray(this.blocks[block]!.firstSample, end);
  }

  #keep(shingle: number): void {
    if (this.sampleCount === this.samples.length) {
      const samples = new Uint32Array(2 * this.samples.length);
      samples.set(this.samples);
      this.samples = samples;
    }
    this.samples[this.sampleCount++] = shingle;
  }
}
