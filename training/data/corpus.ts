// training/data/corpus: text becomes word ids, once, in typed arrays, split into training, validation and test.

import { createHash } from "node:crypto";
import { checkSpacing } from "#model/tokenizers/scripts";
import type { Tokenizer } from "#model/tokenizers/tokenizer";
import { VocabularyCounter } from "#model/vocabulary";
import type { Vocabulary } from "#model/vocabulary";
import type { HeldOutUnit } from "./blocks.ts";
import type { EncodedText } from "./encoded-text.ts";
import type { CorpusSources, Split } from "./source.ts";
import { digestSplit, encodeSplit, forEachToken } from "./spans.ts";
import { splitText } from "./split-text.ts";

export type { EncodedText } from "./encoded-text.ts";

export interface Corpus {
  vocabulary: Vocabulary;
  splits: Record<Split, EncodedText>;
  digest: string; // sha256 of the sources' bytes in order, hex
  splitDigests: Record<Split, string>; // sha256 of each split's words, whatever the bytes
  heldOutUnit: HeldOutUnit;
  notices: string[]; // what somebody should know of how it was read and split
}

/**
 * Reads a corpus to train on: the vocabulary is made from its training split.
 * @param vocabularySize at most so many words, reserved ones included
 * @throws Error where the tokenizer would take clauses for words
 */
export async function readCorpus(
  sources: CorpusSources,
  tokenizer: Tokenizer,
  vocabularySize: number,
): Promise<Corpus> {
  const hash = createHash("sha256");
  const text = await splitText(sources, tokenizer, { seeBytes: (bytes) => hash.update(bytes) });
  checkSpacing(
    text.store.spellings.map(({ word }) => word),
    tokenizer,
  );
  const counter = new VocabularyCounter();
  forEachToken(text, "train", (spelling) => {
    const { word, surface } = text.store.spellings[spelling]!;
    counter.add({ word, surface, start: 0, end: 0 });
  });
  const vocabulary = counter.build(tokenizer, vocabularySize);
  const [valid, test] = (["valid", "test"] as const).map((split) => ({
    digest: digestSplit(text, split),
    encoded: encodeSplit(text, split, vocabulary),
  }));
  const train = digestSplit(text, "train");
  return {
    vocabulary,
    splitDigests: { train, valid: valid!.digest, test: test!.digest },
    splits: {
      valid: valid!.encoded,
      test: test!.encoded,
      train: encodeSplit(text, "train", vocabulary, true),
    },
    digest: hash.digest("hex"),
    heldOutUnit: text.unit,
    notices: [...(sources.notices ?? []), ...text.notices],
  };
}

/** Reads text under a vocabulary that exists: one split of a corpus, or all of it. */
export async function encodeText(
  sources: CorpusSources,
  tokenizer: Tokenizer,
  { vocabulary, split }: { vocabulary: Vocabulary; split: Split | "all" },
): Promise<EncodedText> {
  return encodeSplit(await splitText(sources, tokenizer, { split }), split, vocabulary, true);
}
