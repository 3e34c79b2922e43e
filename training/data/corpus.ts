// training/data/corpus: text becomes word ids, once, in typed arrays, split into training, validation and test.

import { createHash } from "node:crypto";
import { checkSpacing } from "#model/tokenizers/scripts";
import type { Tokenizer } from "#model/tokenizers/tokenizer";
import { VocabularyCounter } from "#model/vocabulary";
import type { ChosenWords, Vocabulary } from "#model/vocabulary";
import { MAX_WORDS, MIN_COUNT, wordChoice } from "./word-choice.ts";
import type { HeldOutUnit } from "./blocks.ts";
import { documentBegins, wordsOfOneDocument } from "./documents.ts";
import type { EncodedText } from "./encoded-text.ts";
import { ManifestBuilder } from "./manifest.ts";
import type { ManifestFile } from "./manifest.ts";
import { readSentences, TYPED_SENTENCES } from "./read-sentences.ts";
import type { CorpusSources, Split, TextSource } from "./source.ts";
import { digestSplit, encodeSplit, encodeWithWords, forEachToken } from "./spans.ts";
import { splitText } from "./split-text.ts";
import { countSecretWords } from "../evaluation/secrets.ts";

export type { EncodedText } from "./encoded-text.ts";

/** Which words a model trained on a corpus is to know. */
export interface CorpusWords {
  parent?: ChosenWords; // of the model that training goes on from: all its words stay
  shared?: boolean; // people will use the model who must not learn what one document alone holds
  minCount?: number; // see word-choice
  scrub?: boolean; // what is data of persons is read as unknown words, where the model is shared
}

export interface Corpus {
  vocabulary: Vocabulary; // of the network
  splits: Record<Split, EncodedText>; // in its ids
  words: Vocabulary; // all that a model may know: the network's words, and those that only n-grams know
  wordSplits: Record<Split, EncodedText>; // in the ids of those; the same where there are no more
  sentences: string[]; // the first of the test split as they are written, to be typed
  trainBegins: Int32Array; // where each document begins in the training split
  onlyOfSeveral: boolean; // what one document alone holds is to be left out
  secretWords: number; // words that it holds all the same, and no parent has
  files: ManifestFile[]; // what was read
  digest: string; // sha256 of the sources' bytes in order, hex
  splitDigests: Record<Split, string>; // sha256 of each split's words, whatever the bytes
  heldOutUnit: HeldOutUnit;
  notices: string[]; // what somebody should know of how it was read and split
}

/**
 * Reads a corpus to train on: the words are chosen from its training split.
 * @param vocabularySize at most so many words of the network, reserved ones included; with a parent, its words and MAX_WORDS
 * @throws Error where the tokenizer would take clauses for words
 */
export async function readCorpus(
  sources: CorpusSources,
  tokenizer: Tokenizer,
  vocabularySize: number,
  choice: CorpusWords = {},
): Promise<Corpus> {
  const hash = createHash("sha256");
  const manifest = new ManifestBuilder();
  const seeBytes = (bytes: Uint8Array, source: TextSource) => {
    hash.update(bytes);
    manifest.add(bytes, source);
  };
  const scrub = choice.shared && choice.scrub;
  const text = await splitText(sources, tokenizer, { seeBytes, scrub });
  checkSpacing(
    text.store.spellings.map(({ written }) => written),
    tokenizer,
  );
  const counter = new VocabularyCounter();
  forEachToken(text, "train", (spelling) => {
    const { word, surface } = text.store.spellings[spelling]!;
    counter.add({ word, surface, start: 0, end: 0 });
  });
  const size = choice.parent ? Math.max(vocabularySize, MAX_WORDS) : vocabularySize;
  const { vocabulary, words } = counter.choose(tokenizer, size, wordChoice(choice, text));
  const splitDigests = {
    train: digestSplit(text, "train"),
    valid: digestSplit(text, "valid"),
    test: digestSplit(text, "test"),
  };
  const trainBegins = documentBegins(text, "train");
  const ones = wordsOfOneDocument(text);
  const [valid, test] = [encodeSplit(text, "valid", words), encodeWithWords(text, "test", words)];
  const wordSplits = { train: encodeSplit(text, "train", words, true), valid, test };
  const { parent: inherited, shared = false, minCount = MIN_COUNT } = choice;
  return {
    vocabulary,
    words,
    splitDigests,
    splits: words === vocabulary ? wordSplits : limitSplits(wordSplits, vocabulary),
    wordSplits,
    sentences: await readSentences(sources, text, tokenizer, { split: "test", limit: TYPED_SENTENCES }), // prettier-ignore
    trainBegins,
    onlyOfSeveral: shared && minCount > 1,
    secretWords: countSecretWords(ones, words, {
      reserved: tokenizer.reserved,
      inherited: inherited?.words,
    }),
    digest: hash.digest("hex"),
    files: manifest.finish(),
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

/** The same text under a vocabulary that has only the first words. */
function limitSplits(
  splits: Record<Split, EncodedText>,
  vocabulary: Vocabulary,
): Record<Split, EncodedText> {
  const limit = (text: EncodedText) => ({ ...text, ids: limitIds(text.ids, vocabulary) });
  return { train: limit(splits.train), valid: limit(splits.valid), test: limit(splits.test) };
}

/** Ids under a vocabulary that has only the first words: all others are `<unk>`. */
function limitIds(ids: Int32Array, { size, unknownId }: Vocabulary): Int32Array {
  return ids.map((id) => (id < size ? id : unknownId));
}
