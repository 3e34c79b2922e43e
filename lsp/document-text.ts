// lsp/document-text: positions and changes of a document as the Language Server Protocol counts them: lines, and UTF-16 units in them.

import type { Position, TextDocumentContentChangeEvent } from "vscode-languageserver/node";

const LINE_END = /\r\n|\n|\r/g;

/**
 * Where a position is in a text, in UTF-16 units; the nearest there is.
 *
 * @example
 * offsetAt("one\ntwo", { line: 1, character: 2 }); // 6
 */
export function offsetAt(text: string, { line, character }: Position): number {
  const ends = text.matchAll(LINE_END);
  let start = 0;
  for (let at = 0; at < line; at++) {
    const { value: end, done } = ends.next();
    if (done) return text.length;
    start = end.index + end[0].length;
  }
  const { value: end } = ends.next();
  return Math.min(start + character, end?.index ?? text.length);
}

/** The text after an editor's changes, in their order; one without a range is the whole text. */
export function applyChanges(text: string, changes: TextDocumentContentChangeEvent[]): string {
  return changes.reduce((known, change) => {
    if (!("range" in change)) return change.text;
    const { start, end } = change.range;
    return known.slice(0, offsetAt(known, start)) + change.text + known.slice(offsetAt(known, end));
  }, text);
}
