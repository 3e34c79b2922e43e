// bench/typist: a simulated typist who knows what to type and accepts whatever saves keys, by the client's own rule of
// acceptance. Every character is a key, and so is every acceptance; nothing else is free.

import { acceptPrediction, applyChange, typeAfterAcceptance } from "#client/acceptance";
import type { TextChange } from "#client/acceptance";
import type { SuggestionSource } from "#client/suggester";

export interface TypingResult {
  characters: number;
  keys: number;
  acceptances: number;
  /** What was typed, which is the text that was to be. */
  text: string;
}

/** Types a text of one paragraph or more; `limit` words are offered after every key. */
export async function typeText(
  target: string,
  source: SuggestionSource,
  limit: number,
): Promise<TypingResult> {
  let [text, keys, acceptances, hasSpace] = ["", 0, 0, false];
  const after = (change: TextChange) => applyChange({ before: text, after: "" }, change).before;
  // the space of the last word may be left
  while (text !== target && text !== `${target} `) {
    const answer = await source.update(text, { limit });
    const change = bestAcceptance(text, target, answer!.predictions);
    keys++;
    if (change) {
      acceptances++;
      text = after(change);
      hasSpace = text.endsWith(" ");
      continue;
    }
    const isKept = target.startsWith(text);
    const typed = target[text.length - (isKept ? 0 : 1)]!;
    const typing = typeAfterAcceptance(text, typed);
    if (!hasSpace) text += typed;
    // a space that the mark would take back is typed to be kept
    else if (!isKept || typing.replace === 0) text = after(typing);
    hasSpace = false;
  }
  return { characters: target.length, keys, acceptances, text };
}

/** The acceptance that comes furthest, of those that save a key and leave nothing wrong. */
function bestAcceptance(
  text: string,
  target: string,
  predictions: Parameters<typeof acceptPrediction>[2][],
): TextChange | null {
  let [best, furthest]: [TextChange | null, number] = [null, text.length + 1];
  for (const prediction of predictions) {
    const change = acceptPrediction(text, "", prediction);
    const result = applyChange({ before: text, after: "" }, change).before;
    const reached = isRight(result, target) ? Math.min(result.length, target.length) : 0;
    if (reached > furthest) [best, furthest] = [change, reached];
  }
  return best;
}

/** Whether the text goes on from there: at once, or by a mark that takes the accepted word's space back. */
function isRight(result: string, target: string): boolean {
  if (target.startsWith(result)) return true;
  const word = result.trimEnd();
  const next = target[word.length];
  if (!target.startsWith(word)) return false;
  if (next === undefined) return true;
  return typeAfterAcceptance(result, next).replace === 1;
}
