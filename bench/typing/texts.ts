// bench/typing/texts: what programs train on and what is typed: sentences of a corpus's training and test split, as they are written.

import { findTokenizer } from "#model/tokenizers/find";
import { END_OF_SENTENCE } from "#model/tokenizers/tokenizer";
import { readSentences } from "#training/data/read-sentences";
import { splitText } from "#training/data/split-text";
import { findSources } from "#training/data/text-source";
import type { Place } from "./protocol.ts";

export interface Texts {
  train: string[]; // sentences
  typed: string; // sentences with a space between two
  places: Place[]; // of its words
}

const PARTS = 5; // of the test split, each typed from its beginning: a text of many documents is not judged by one
const tokenizer = findTokenizer("text");

/** @param characters to be typed, about */
export async function readTexts(corpus: string, characters: number): Promise<Texts> {
  const sources = await findSources(corpus);
  const text = await splitText(sources, tokenizer);
  const read = (split: "train" | "test") =>
    readSentences(sources, text, tokenizer, { split, limit: Infinity });
  const typed = sample(await read("test"), characters).join(" ");
  const places = tokenizer.read(`${typed} `).tokens.filter(({ word }) => isTyped(word));
  return { train: await read("train"), typed, places };
}

/** The words of a sentence, marks among them. */
export function wordsOf(sentence: string): string[] {
  const words = tokenizer.read(`${sentence} `).tokens.map(({ word }) => word);
  return words.filter((word) => word !== END_OF_SENTENCE);
}

/** Of each place where a word of a text begins, the words before it in its sentence. */
export function historiesOf(text: string): Map<number, string[]> {
  const histories = new Map<number, string[]>();
  let sentence: string[] = [];
  for (const { word, start } of tokenizer.read(`${text} `).tokens) {
    histories.set(start, sentence);
    sentence = word === END_OF_SENTENCE ? [] : [...sentence, word];
  }
  return histories;
}

/** Whether a token is a word that one types: no mark, number or placeholder. */
export function isTyped(word: string): boolean {
  return /\p{L}/u.test(word) && !word.startsWith("<");
}

function sample(sentences: string[], characters: number): string[] {
  const size = Math.ceil(sentences.length / PARTS);
  return Array.from({ length: PARTS }, (_, part) => {
    let left = characters / PARTS;
    return sentences.slice(part * size, (part + 1) * size).filter((sentence) => {
      const fits = left > 0;
      left -= sentence.length + 1;
      return fits;
    });
  }).flat();
}
