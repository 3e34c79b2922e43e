// bench/typing/counted: this project's own n-grams alone, with all words of the text and no n-gram left out.

import { NgramModel, visitFollowers } from "#inference/ngram";
import { END_OF_SENTENCE, UNKNOWN_WORD } from "#model/tokenizers/tokenizer";
import { countNgrams } from "#training/ngram/count";
import { estimateKneserNey } from "#training/ngram/kneser-ney";
import { packNgrams } from "#training/ngram/prune";
import type { Keyboard } from "./protocol.ts";
import { wordsOf } from "./texts.ts";
import type { Texts } from "./texts.ts";
import { listWords } from "./word-list.ts";

const ORDER = 5;
const [endId, unknownId] = [0, 1];

export async function openCounted({ train, typed }: Texts): Promise<Keyboard> {
  const idOf = new Map([
    [END_OF_SENTENCE, endId],
    [UNKNOWN_WORD, unknownId],
  ]);
  const ids = train.flatMap((sentence) =>
    [...wordsOf(sentence), END_OF_SENTENCE].map((word) => {
      if (!idOf.has(word)) idOf.set(word, idOf.size);
      return idOf.get(word)!;
    }),
  );
  const words = idOf.size;
  const counted = countNgrams({ ids: Int32Array.from(ids), words, endId }, ORDER);
  const estimated = estimateKneserNey(counted, { words, unknownId, order: ORDER });
  const model = new NgramModel(packNgrams(estimated, { maxBytes: Infinity, extraWords: [] }), endId); // prettier-ignore
  const score = (sentence: string[]) => {
    const last = [END_OF_SENTENCE, ...sentence].slice(1 - ORDER);
    const { baseScale, followers } = model.lookUp(last.map((word) => idOf.get(word) ?? unknownId));
    const scores = Float64Array.from(model.base, (share) => baseScale * share);
    for (const one of followers) visitFollowers(one, (id, share) => (scores[id]! += share));
    return scores;
  };
  return listWords([...idOf.keys()], score, typed);
}
