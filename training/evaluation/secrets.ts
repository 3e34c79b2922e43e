// training/evaluation/secrets: what of a model only one document of its text can have told it: words, and sequences of words
// that its n-grams repeat. Whoever may predict can have them by their first letters or by what stands before them. How many of
// them a model may have is the gate's.
//
// N words.

import type { NgramTables } from "#model/ngram";
import type { Vocabulary } from "#model/vocabulary";
import { HolderCounter } from "../data/holders.ts";

/** A training text in the ids of a model's words. */
export interface HeldText {
  ids: Int32Array;
  begins: Int32Array; // where each document begins; of fewer than two, what occurs once counts as one document's
}

/**
 * How many words of a model one document alone holds.
 * @param inherited words that the model has from its parent, whatever this text says
 */
export function countSecretWords(
  ones: Set<string>,
  words: Vocabulary,
  { reserved, inherited }: { reserved: string[]; inherited?: Vocabulary },
): number {
  return words.entries.filter(
    ({ word }) => ones.has(word) && !reserved.includes(word) && !inherited?.has(word),
  ).length;
}

/** How many n-grams of a model's tables one document alone holds. */
export function countSecretNgrams(
  { ids, begins }: HeldText,
  { base, orders }: Pick<NgramTables, "base" | "orders">,
  endId: number,
): number {
  const N = base.length;
  let secrets = 0;
  let below = new Int32Array(ids.length + 1); // place in the order below of the entry that ends at each token
  below[0] = endId; // the text begins as if a sentence had ended before it
  below.set(ids, 1);
  orders.forEach(({ contexts, begins: follow, words }, index) => {
    const places = new Map<number, number>(); // by context · N + word
    for (let context = 0; context < contexts.length; context++) {
      for (let at = follow[context]!; at < follow[context + 1]!; at++) {
        places.set(contexts[context]! * N + words[at]!, at);
      }
    }
    const ends = new Int32Array(below.length).fill(-1);
    for (let at = 1; at < below.length; at++) {
      const reachesBack = index > 0 && at > 1 && ids[at - 2] === endId; // over the end of a sentence
      if (below[at - 1]! < 0 || reachesBack) continue;
      ends[at] = places.get(below[at - 1]! * N + ids[at - 1]!) ?? -1;
    }
    const holders = new HolderCounter(words.length, begins).count(ids.length, (at) => ends[at + 1]!); // prettier-ignore
    for (const count of holders) if (count === 1) secrets++;
    below = ends;
  });
  return secrets;
}
