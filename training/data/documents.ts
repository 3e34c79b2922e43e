// training/data/documents: where the documents of a split begin among its tokens, and which words of a text one of them alone
// holds.

import { forEachToken, spansOf } from "./spans.ts";
import type { Split } from "./source.ts";
import type { SplitText } from "./split-text.ts";

/** Where each document's tokens begin in a split, in the order of `encodeSplit`; documents of other splits have none. */
export function documentBegins(text: SplitText, split: Split | "all"): Int32Array {
  const { documentEnds } = text.store;
  const begins: number[] = [];
  let document = 0;
  let last = -1;
  let to = 0;
  for (const { begin, end } of spansOf(text, split)) {
    for (let at = begin; at < end;) {
      while (documentEnds[document]! <= at) document++;
      if (document !== last) begins.push(to);
      last = document;
      const until = Math.min(end, documentEnds[document]!);
      to += until - at;
      at = until;
    }
  }
  return Int32Array.from(begins);
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
