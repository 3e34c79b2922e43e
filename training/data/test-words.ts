// training/data/test-words: the words that two models are compared on: held out of the text of both.

import type { Tokenizer } from "#model/tokenizers/tokenizer";
import type { HeldOutUnit } from "./blocks.ts";
import { chooseStretches } from "./bound-text.ts";
import { cutParts, partsOf } from "./document-parts.ts";
import type { DocumentPart } from "./encoded-text.ts";
import type { Span } from "./hold-out.ts";
import type { CorpusSources } from "./source.ts";
import { splitText } from "./split-text.ts";
import type { SplitText } from "./split-text.ts";

export interface TestWords {
  words: string[];
  parts: DocumentPart[]; // which of them are of which file
  text: SplitText; // all that was read for them, split as the first model's text was
}

/**
 * Words of the test split as the tokenizer has them, whatever a vocabulary knows; of more than `max`, stretches evenly apart.
 * @param units how each of two models' text was split: only what neither was trained on is read
 * @param scrub of the text that is given back; the test's words are as they were written
 */
export async function readTestWords(
  sources: CorpusSources,
  tokenizer: Tokenizer,
  { units, max, scrub }: { units: (HeldOutUnit | undefined)[]; max: number; scrub?: boolean },
): Promise<TestWords> {
  const [unit, other] = units;
  const text = await splitText(sources, tokenizer, { unit, scrub });
  const { store, counted } = text;
  let test = counted.filter(({ split }) => split === "test");
  if (other !== undefined && other !== unit) {
    const second = await splitText(sources, tokenizer, { unit: other });
    test = intersect(
      test,
      second.spans.filter(({ split }) => split !== "train"),
    );
  }
  const words: string[] = [];
  for (const { begin, end } of test) {
    for (let at = begin; at < end; at++) words.push(store.spellings[store.at(at)]!.written);
  }
  const stretches = chooseStretches(words.length, max);
  return {
    words: stretches.flatMap(([begin, end]) => words.slice(begin, end)),
    parts: cutParts(partsOf(store, test), stretches),
    text,
  };
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
