// training/data/document-parts: which tokens of a text are of which file, after it was split and where only some of it is scored.

import type { DocumentPart } from "./encoded-text.ts";
import type { Span } from "./hold-out.ts";
import type { TokenStore } from "./token-store.ts";

/** The parts of the text that the spans make, one after the other; documents without a token there have none. */
export function partsOf(
  { documentEnds, documentNames }: TokenStore,
  spans: Span[],
): DocumentPart[] {
  const parts: DocumentPart[] = [];
  let document = 0;
  let last = -1;
  let to = 0;
  for (const { begin, end } of spans) {
    for (let at = begin; at < end;) {
      while (documentEnds[document]! <= at) document++;
      const until = Math.min(end, documentEnds[document]!);
      to += until - at;
      at = until;
      if (document === last) parts.at(-1)!.end = to;
      else parts.push({ file: documentNames[document]!, end: to });
      last = document;
    }
  }
  return parts;
}

/** The parts of the text that stretches of another make, one after the other; see `chooseStretches`. */
export function cutParts(
  parts: readonly DocumentPart[],
  stretches: readonly [begin: number, end: number][],
): DocumentPart[] {
  const cut: DocumentPart[] = [];
  let at = 0; // of the parts
  let to = 0;
  for (const [begin, end] of stretches) {
    for (let place = begin; place < end;) {
      while (parts[at]!.end <= place) at++;
      const until = Math.min(parts[at]!.end, end);
      to += until - place;
      place = until;
      cut.push({ file: parts[at]!.file, end: to });
    }
  }
  return cut;
}
