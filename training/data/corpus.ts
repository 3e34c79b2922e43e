// training/data/corpus: text becomes word ids, once, in typed arrays, split into training, validation and test.

import { createHash } from "node:crypto";
import { END_OF_SENTENCE } from "#model/tokenizers/text";
import type { Token, Tokenizer } from "#model/tokenizers/text";
import { VocabularyCounter } from "#model/vocabulary";
import type { Vocabulary } from "#model/vocabulary";
import { readTokens } from "./read-tokens.ts";
import { SPLITS } from "./text-source.ts";
import type { CorpusSources, Split, TextSource } from "./text-source.ts";

/** Ids of a text's tokens, and how many characters each was written with. */
export interface EncodedText {
  ids: Int32Array;
  lengths: Uint16Array;
}

export interface Corpus {
  vocabulary: Vocabulary;
  splits: Record<Split, EncodedText>;
  digest: string; // sha256 of the sources' bytes in order, hex
}

/**
 * Reads a corpus to train on: the vocabulary is made from its training split.
 * @param vocabularySize at most so many words, reserved ones included
 */
export async function readCorpus(
  sources: CorpusSources,
  tokenizer: Tokenizer,
  vocabularySize: number,
): Promise<Corpus> {
  const counter = new VocabularyCounter();
  const wordIds = new Map<string, number>(); // ids in order of first appearance, replaced below
  const builders = { train: new TextBuilder(), valid: new TextBuilder(), test: new TextBuilder() };
  const hash = createHash("sha256");
  for await (const { split, token } of readSplits(sources, tokenizer, {
    seeBytes: (bytes) => hash.update(bytes),
  })) {
    let id = wordIds.get(token.word);
    if (id === undefined) wordIds.set(token.word, (id = wordIds.size));
    builders[split].push(id, token.surface.length);
    if (split === "train") counter.add(token);
  }
  const vocabulary = counter.build(tokenizer, vocabularySize);
  const finalIds = Int32Array.from(wordIds.keys(), (word) => vocabulary.idOf(word));
  const finish = (split: Split) => {
    const text = builders[split].build();
    text.ids.forEach((id, index) => (text.ids[index] = finalIds[id]!));
    return text;
  };
  return {
    vocabulary,
    splits: { train: finish("train"), valid: finish("valid"), test: finish("test") },
    digest: hash.digest("hex"),
  };
}

/** Reads text under a vocabulary that exists: one split of a corpus, or all of it. */
export async function encodeText(
  sources: CorpusSources,
  tokenizer: Tokenizer,
  { vocabulary, split }: { vocabulary: Vocabulary; split: Split | "all" },
): Promise<EncodedText> {
  const builder = new TextBuilder();
  for await (const { split: tokenSplit, token } of readSplits(sources, tokenizer, { split })) {
    if (split !== "all" && split !== tokenSplit) continue;
    builder.push(vocabulary.idOf(token.word), token.surface.length);
  }
  return builder.build();
}

/** The first words of a split, as the tokenizer has them, whatever a vocabulary knows. */
export async function readWords(
  sources: CorpusSources,
  tokenizer: Tokenizer,
  { split, most }: { split: Split; most: number },
): Promise<string[]> {
  const words: string[] = [];
  for await (const { split: tokenSplit, token } of readSplits(sources, tokenizer, { split })) {
    if (tokenSplit === split && words.push(token.word) >= most) break;
  }
  return words;
}

// Text that comes unsplit is cut at ends of sentences into about BLOCKS blocks; of every 20, one is held out to
// choose the best epoch by and one to test.
const BLOCKS = 200;
const BLOCK_CYCLE = 20;
const VALID_PHASE = 9;
const TEST_PHASE = 19;

interface ReadOptions {
  split?: Split | "all"; // others may be left out
  seeBytes?: (bytes: Uint8Array) => void;
}

async function* readSplits(
  sources: CorpusSources,
  tokenizer: Tokenizer,
  { split: wanted = "all", seeBytes }: ReadOptions,
): AsyncGenerator<{ split: Split; token: Token }> {
  if (!("whole" in sources)) {
    for (const split of wanted === "all" ? SPLITS : [wanted]) {
      for (const source of sources[split]) {
        for await (const tokens of readTokens(source, tokenizer, seeBytes)) {
          for (const token of tokens) yield { split, token };
        }
      }
    }
    return;
  }
  const blockCharacters = sumBytes(sources.whole) / BLOCKS;
  let block = 0;
  let characters = 0;
  for (const source of sources.whole) {
    for await (const tokens of readTokens(source, tokenizer, seeBytes)) {
      for (const token of tokens) {
        const phase = block % BLOCK_CYCLE;
        const split = phase === VALID_PHASE ? "valid" : phase === TEST_PHASE ? "test" : "train";
        yield { split, token };
        characters += token.surface.length + 1;
        if (token.word === END_OF_SENTENCE && characters >= blockCharacters) {
          block++;
          characters = 0;
        }
      }
    }
  }
}

function sumBytes(sources: TextSource[]): number {
  return sources.reduce((sum, { bytes }) => sum + bytes, 0);
}

const FIRST_CAPACITY = 1 << 16;
const MAX_LENGTH = 0xffff;

/** Grows by doubling; a token costs 6 bytes. */
class TextBuilder {
  #ids = new Int32Array(FIRST_CAPACITY);
  #lengths = new Uint16Array(FIRST_CAPACITY);
  #size = 0;

  push(id: number, length: number): void {
    if (this.#size === this.#ids.length) {
      const [ids, lengths] = [this.#ids, this.#lengths];
      this.#ids = new Int32Array(2 * this.#size);
      this.#ids.set(ids);
      this.#lengths = new Uint16Array(2 * this.#size);
      this.#lengths.set(lengths);
    }
    this.#ids[this.#size] = id;
    this.#lengths[this.#size++] = Math.min(length, MAX_LENGTH);
  }

  build(): EncodedText {
    return { ids: this.#ids.slice(0, this.#size), lengths: this.#lengths.slice(0, this.#size) };
  }
}
