// training/data/evaluation-text: a text to evaluate a model on, what else of the corpus the evaluation needs, and whether the model was
// trained on it.

import type { TrainingText } from "#model/metadata";
import type { Tokenizer } from "#model/tokenizers/tokenizer";
import { MAX_NGRAM_WORDS } from "#model/ngram";
import { VocabularyCounter } from "#model/vocabulary";
import type { Vocabulary } from "#model/vocabulary";
import type { EncodedText } from "./encoded-text.ts";
import type { CorpusSources, Split } from "./source.ts";
import { digestSplit, encodeSplit, encodeWithWords, forEachToken } from "./spans.ts";
import { splitText } from "./split-text.ts";
import type { SplitText } from "./split-text.ts";
import { readSentences } from "./read-sentences.ts";

/** A corpus in the ids of all its training text's words. */
export interface CountedText {
  words: Vocabulary;
  train: EncodedText;
  test: EncodedText;
}

export interface EvaluationText {
  test: EncodedText; // the split that was asked for
  valid: EncodedText | null; // to tune a cache on, where the test split was asked for
  testIn(words: Vocabulary): EncodedText; // what was asked for, in the ids of other words
  counted: CountedText | null; // to count n-grams on, where held-out text was asked for
  sentences(limit: number): Promise<string[]>; // the first of what was asked for, as they are written
  isTrainedOn: boolean; // the model's training text is what was asked for, or a part of it
}

/** Reads one split of a corpus, or all of it, under a model's vocabulary, split as the model's own text was. */
export async function readEvaluationText(
  sources: CorpusSources,
  tokenizer: Tokenizer,
  {
    vocabulary,
    trainingText,
    split,
  }: { vocabulary: Vocabulary; trainingText?: TrainingText; split: Split | "all" },
): Promise<EvaluationText> {
  const text = await splitText(sources, tokenizer, { unit: trainingText?.heldOut });
  const isHeldOut = split === "test" || split === "valid";
  const trained = trainingText?.digests.train;
  const holds = (part: Split | "all") => digestSplit(text, part) === trained;
  return {
    test: encodeWithWords(text, split, vocabulary),
    valid: split === "test" ? encodeSplit(text, "valid", vocabulary) : null,
    testIn: (words) => encodeWithWords(text, split, words),
    counted: isHeldOut ? readCounted(text, tokenizer, split) : null,
    sentences: (limit) => readSentences(sources, text, tokenizer, { split, limit }),
    // what the model learnt from must not be what it is measured on
    isTrainedOn: trained !== undefined && (holds(split) || (split === "all" && holds("train"))),
  };
}

function readCounted(text: SplitText, tokenizer: Tokenizer, split: Split): CountedText {
  const counter = new VocabularyCounter();
  forEachToken(text, "train", (spelling) => {
    const { word, surface } = text.store.spellings[spelling]!;
    counter.add({ word, surface, start: 0, end: 0 });
  });
  const words = counter.build(tokenizer, MAX_NGRAM_WORDS);
  return {
    words,
    train: encodeSplit(text, "train", words),
    test: encodeWithWords(text, split, words),
  };
}
