// training/data/read-sentences: the first sentences of a split as they are written, for what types them: a token store keeps words,
// not what stands between them, so the sources are read again as far as needed.

import { END_OF_SENTENCE } from "#model/tokenizers/tokenizer";
import type { Tokenizer } from "#model/tokenizers/tokenizer";
import { readTokens } from "./read-tokens.ts";
import { allSources } from "./source.ts";
import type { CorpusSources, Split } from "./source.ts";
import { spansOf } from "./spans.ts";
import type { SplitText } from "./split-text.ts";

/** So many sentences are typed: each key asks the model once. */
export const TYPED_SENTENCES = 300;

export interface SentenceRange {
  split: Split | "all";
  limit: number; // of sentences
}

/** The first sentences of a split, in Unicode NFC, with one space for any white space. */
export async function readSentences(
  sources: CorpusSources,
  text: SplitText,
  tokenizer: Tokenizer,
  { split, limit }: SentenceRange,
): Promise<string[]> {
  // of a corpus that comes split, the other splits need not be read
  const isWhole = "whole" in sources || split === "all";
  const spans = isWhole ? spansOf(text, split) : [{ begin: 0, end: Infinity }];
  const sentences: string[] = [];
  let place = 0; // of a token among all that are read
  for (const source of isWhole ? allSources(sources) : sources[split]) {
    let sentence = "";
    for await (const piece of readTokens(source, tokenizer)) {
      let from = 0; // in the piece, of what is not taken yet
      let isWanted = false;
      for (const { word, start, end } of piece.tokens) {
        while (spans[0] && place >= spans[0].end) spans.shift();
        if (!spans[0]) return sentences;
        isWanted = place >= spans[0].begin;
        place++;
        const isEnd = word === END_OF_SENTENCE;
        if (isWanted) sentence += piece.text.slice(from, isEnd ? start : end);
        from = end;
        if (!isEnd) continue;
        const written = sentence.normalize("NFC").replace(/\s+/gu, " ").trim();
        sentence = "";
        if (written !== "" && sentences.push(written) === limit) return sentences;
      }
      if (isWanted) sentence += piece.text.slice(from);
    }
  }
  return sentences;
}
