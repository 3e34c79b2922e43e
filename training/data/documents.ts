// training/data/documents: where the documents of a split begin among its tokens.

import { spansOf } from "./spans.ts";
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
