// lsp/completion-items: predictions as what editors insert. Accepting goes by the client's rule, but for the space behind a word:
// an editor does not take it back before a full stop. The word that follows brings it.

import { CompletionItemKind } from "vscode-languageserver/node";
import type { CompletionItem, InlineCompletionItem, Position, Range } from "vscode-languageserver/node"; // prettier-ignore
import { acceptPrediction, isWorthOffering, labelOf } from "#inference/acceptance";
import type { TextChange } from "#inference/acceptance";
import type { Prediction } from "#client/types";

/** Where the cursor is, and the text around it. */
export interface Place {
  position: Position;
  before: string;
  after: string;
}

/** Letters of the word that is being typed. */
const TYPED = /[\p{L}\p{M}\p{N}'’-]*$/u;

/** As ghost text: what replaces the units between the range's ends. */
export function toInlineItem(place: Place, prediction: Prediction): InlineCompletionItem[] {
  const { position, before, after } = place;
  if (!isWorthOffering(before, after, prediction)) return [];
  const { replace, insert, skip } = changeBy(place, prediction);
  const replaced = before.slice(before.length - replace) + after.slice(0, skip);
  const filter = replaced !== "" && { filterText: replaced };
  return [{ insertText: insert, range: rangeAround(position, replace, skip), ...filter }];
}

/** As a row of the editor's list, where the more probable stand first. */
export function toCompletionItem(place: Place, prediction: Prediction, index: number): CompletionItem[] {
  const { position, before, after } = place;
  if (!isWorthOffering(before, after, prediction)) return [];
  const { replace, insert, skip } = changeBy(place, prediction);
  // lists are filtered by the letters of the word that is being typed: they belong to what is replaced
  const letters = /^\s/u.test(insert) ? "" : TYPED.exec(before.slice(-100))![0];
  const kept = letters.slice(0, Math.max(letters.length - replace, 0));
  const range = rangeAround(position, Math.max(replace, letters.length), skip);
  return [
    {
      label: labelOf(before, prediction),
      kind: CompletionItemKind.Text,
      detail: `${(100 * prediction.probability).toPrecision(2)} %`,
      sortText: String(index).padStart(3, "0"),
      filterText: letters,
      textEdit: { range, newText: kept + insert },
    },
  ];
} // prettier-ignore

/** What accepting does to the text; a space that stands behind the word stays. */
function changeBy({ before, after }: Place, prediction: Prediction): TextChange {
  const { replace, insert, skip } = acceptPrediction(before, after, prediction);
  const word = insert.trimEnd();
  const standing = word === insert ? 0 : /\s*$/.exec(after.slice(0, skip))![0].length;
  return { replace, insert: word, skip: skip - standing };
}

/** So many UTF-16 units on both sides of a position; words do not go over lines. */
function rangeAround({ line, character }: Position, before: number, after: number): Range {
  return {
    start: { line, character: character - before },
    end: { line, character: character + after },
  };
}
