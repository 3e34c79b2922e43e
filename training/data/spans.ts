// training/data/spans: the tokens of a split: visited, as word ids, or as a digest.

import { createHash } from "node:crypto";
import type { Vocabulary } from "#model/vocabulary";
import { partsOf } from "./document-parts.ts";
import type { EncodedText } from "./encoded-text.ts";
import type { Span } from "./hold-out.ts";
import type { Split } from "./source.ts";
import type { SplitText } from "./split-text.ts";

const WORDS_HASHED = 10_000; // at once

/** What counts of a split, or one span over the whole text. */
export function spansOf({ store, counted }: SplitText, split: Split | "all"): Span[] {
  if (split === "all") return [{ split: "train", begin: 0, end: store.size }];
  return counted.filter((span) => span.split === split);
}

/** Visits each token of a split by the id of its spelling. */
export function forEachToken(
  text: SplitText,
  split: Split | "all",
  visit: (spelling: number) => void,
): void {
  for (const { begin, end } of spansOf(text, split)) {
    for (let at = begin; at < end; at++) visit(text.store.at(at));
  }
}

/**
 * A split as word ids.
 * @param isLast no token up to its end is asked for again: they are freed as it goes on
 */
export function encodeSplit(
  text: SplitText,
  split: Split | "all",
  vocabulary: Vocabulary,
  isLast = false,
): EncodedText {
  const { store } = text;
  const spans = spansOf(text, split);
  const size = spans.reduce((sum, { begin, end }) => sum + end - begin, 0);
  const parts = partsOf(store, spans);
  const encoded = { ids: new Int32Array(size), lengths: new Uint16Array(size), parts };
  const idOf = Int32Array.from(store.spellings, ({ word }) => vocabulary.idOf(word));
  let to = 0;
  for (const { begin, end } of spans) {
    for (let at = begin; at < end; at++) {
      const spelling = store.at(at);
      encoded.ids[to] = idOf[spelling]!;
      encoded.lengths[to++] = store.spellings[spelling]!.length;
    }
    if (isLast) store.releaseBefore(end);
  }
  return encoded;
}

/** The same with all its words, whatever the vocabulary has of them: for text that a model is measured on. */
export function encodeWithWords(
  text: SplitText,
  split: Split | "all",
  vocabulary: Vocabulary,
): EncodedText {
  const { spellings } = text.store;
  const words: string[] = [];
  forEachToken(text, split, (spelling) => words.push(spellings[spelling]!.word));
  return { ...encodeSplit(text, split, vocabulary), words };
}

/** A text of which repeated lines count too. */
export function withRepeats(text: SplitText): SplitText {
  return { ...text, counted: text.spans };
}

/** sha256 of all of a split's words, in hex: the same for a text however it was saved. */
export function digestSplit(text: SplitText, split: Split | "all"): string {
  const hash = createHash("sha256");
  let words: string[] = [];
  const flush = () => {
    if (words.length > 0) hash.update(words.join("\n") + "\n");
    words = [];
  };
  forEachToken(withRepeats(text), split, (spelling) => {
    if (words.push(text.store.spellings[spelling]!.written) >= WORDS_HASHED) flush();
  });
  flush();
  return hash.digest("hex");
}
