// training/data/documents: where the documents of a split begin among its tokens, and which words of a text one of them alone
// holds.

import { partsOf } from "./document-parts.ts";
import { forEachToken, spansOf } from "./spans.ts";
import type { Split } from "./source.ts";
import type { SplitText } from "./split-text.ts";

/** Where each document's tokens begin in a split, in the order of `encodeSplit`; documents of other splits have none. */
export function documentBegins(text: SplitText, split: Split | "all"): Int32Array {
  const parts = partsOf(text.store, spansOf(text, split));
  return Int32Array.from(parts, (_, index) => parts[index - 1]?.end ?? 0);
}

/** Words that one document alone holds, whatever split it is in; of a text in one piece, those that it has once. */
export function wordsOfOneDocument(text: SplitText): Set<string> {
  const { store } = text;
  const holders = new Map<string, number>(); // the one document, or NaN where there are others
  const note = (word: string, holder: number, isInSeveral: boolean) => {
    const before = holders.get(word) ?? holder;
    holders.set(word, isInSeveral || before !== holder ? Number.NaN : holder);
  };
  if (store.documents >= 2) {
    for (const { word, document, isInSeveral } of store.spellings)
      note(word, document, isInSeveral);
  } else {
    let at = 0; // each occurrence is a holder
    forEachToken(text, "all", (spelling) => note(store.spellings[spelling]!.word, at++, false));
  }
  return new Set([...holders].filter(([, holder]) => !Number.isNaN(holder)).map(([word]) => word));
}
