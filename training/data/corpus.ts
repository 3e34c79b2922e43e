// training/data/corpus: text becomes word ids, once, in typed arrays, split into training, validation and test.

import { createHash } from "node:crypto";
import { checkSpacing } from "#model/tokenizers/scripts";
import type { Tokenizer } from "#model/tokenizers/tokenizer";
import { VocabularyCounter } from "#model/vocabulary";
import type { Vocabulary } from "#model/vocabulary";
import { chooseStretches } from "./bound-text.ts";
import type { HeldOutUnit } from "./blocks.ts";
import type { EncodedText } from "./encoded-text.ts";
import type { Span } from "./hold-out.ts";
import type { CorpusSources, Split } from "./source.ts";
import { splitText } from "./split-text.ts";
import type { SplitText } from "./split-text.ts";
import type { TokenStore } from "./token-store.ts";

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
  checkSpacing(wordsOf(text), tokenizer);
  const counter = new VocabularyCounter();
  forEachToken(text, "train", (spelling) => {
    const { word, surface } = text.store.spellings[spelling]!;
    counter.add({ word, surface, start: 0, end: 0 });
  });
  const vocabulary = counter.build(tokenizer, vocabularySize);
  return {
    vocabulary,
    splitDigests: digestSplits(text),
    splits: encodeSplits(text, vocabulary),
    digest: hash.digest("hex"),
    heldOutUnit: text.unit,
    notices: [...(sources.notices ?? []), ...text.notices],
  };
}

function* wordsOf({ store }: SplitText): Generator<string> {
  for (const { word } of store.spellings) yield word;
}

/** Reads text under a vocabulary that exists: one split of a corpus, or all of it. */
export async function encodeText(
  sources: CorpusSources,
  tokenizer: Tokenizer,
  { vocabulary, split }: { vocabulary: Vocabulary; split: Split | "all" },
): Promise<EncodedText> {
  const text = await splitText(sources, tokenizer, { split });
  if (split !== "all") return encodeSplits(text, vocabulary)[split];
  const { store } = text;
  return encode(store, vocabulary, [{ split: "train", begin: 0, end: store.size }]);
}

/**
 * Words of the test split, stretches of it where it has more than `most`, as the tokenizer has them, whatever a vocabulary knows.
 * @param units how each of two models' text was split: only what neither was trained on is read
 */
export async function readTestWords(
  sources: CorpusSources,
  tokenizer: Tokenizer,
  { units, most }: { units: (HeldOutUnit | undefined)[]; most: number },
): Promise<string[]> {
  const [unit, other] = units;
  const { store, spans } = await splitText(sources, tokenizer, { unit });
  let test = spans.filter(({ split }) => split === "test");
  if (other !== undefined && other !== unit) {
    const second = await splitText(sources, tokenizer, { unit: other });
    test = intersect(
      test,
      second.spans.filter(({ split }) => split !== "train"),
    );
  }
  const words: string[] = [];
  for (const { begin, end } of test) {
    for (let at = begin; at < end; at++) words.push(store.spellings[store.at(at)]!.word);
  }
  return chooseStretches(words.length, most).flatMap(([begin, end]) => words.slice(begin, end));
}

/** The digest of each split's words: the same for a text however it was saved. */
function digestSplits(text: SplitText): Record<Split, string> {
  const digest = (split: Split) => {
    const hash = createHash("sha256");
    let words: string[] = [];
    const flush = () => {
      hash.update(words.join("\n") + "\n");
      words = [];
    };
    forEachToken(text, split, (spelling) => {
      if (words.push(text.store.spellings[spelling]!.word) >= 10_000) flush();
    });
    flush();
    return hash.digest("hex");
  };
  return { train: digest("train"), valid: digest("valid"), test: digest("test") };
}

function encodeSplits({ store, spans }: SplitText, vocabulary: Vocabulary) {
  const texts: Record<Split, EncodedText> = {
    train: emptyText(),
    valid: emptyText(),
    test: emptyText(),
  };
  for (const split of ["valid", "test", "train"] as const) {
    texts[split] = encode(
      store,
      vocabulary,
      spans.filter((span) => span.split === split),
      split === "train", // the last one to be read
    );
  }
  return texts;
}

function emptyText(): EncodedText {
  return { ids: new Int32Array(), lengths: new Uint16Array() };
}

function encode(
  store: TokenStore,
  vocabulary: Vocabulary,
  spans: Span[],
  isLast = false,
): EncodedText {
  const size = spans.reduce((sum, { begin, end }) => sum + end - begin, 0);
  const text = { ids: new Int32Array(size), lengths: new Uint16Array(size) };
  const idOf = Int32Array.from(store.spellings, ({ word }) => vocabulary.idOf(word));
  let to = 0;
  for (const { begin, end } of spans) {
    for (let at = begin; at < end; at++) {
      const spelling = store.at(at);
      text.ids[to] = idOf[spelling]!;
      text.lengths[to++] = store.spellings[spelling]!.length;
    }
    if (isLast) store.releaseBefore(end);
  }
  return text;
}

function forEachToken(
  { store, spans }: SplitText,
  split: Split,
  visit: (spelling: number) => void,
) {
  for (const span of spans) {
    if (span.split !== split) continue;
    for (let at = span.begin; at < span.end; at++) visit(store.at(at));
  }
}

/** The places that lie in a span of both lists, each of which is in order. */
function intersect(spans: Span[], others: Span[]): Span[] {
  const both: Span[] = [];
  let first = 0; // of the others that may still reach into a span
  for (const { split, begin, end } of spans) {
    while (first < others.length && others[first]!.end <= begin) first++;
    for (let at = first; at < others.length && others[at]!.begin < end; at++) {
      const other = others[at]!;
      both.push({ split, begin: Math.max(begin, other.begin), end: Math.min(end, other.end) });
    }
  }
  return both;
}
