// training/evaluation/typist: a simulated typist who knows what to type, sees the most probable words after every key, and accepts
// whatever saves keys, by the clients' rule of acceptance. Every character is a key, and so is every acceptance; nothing
// else is free. Unlike KeystrokeCounter, which ranks words by their ids, this takes all that is served: case, marks, corrections,
// the writer's user words. Who predicts may be a model in this process or a running edge.

import { acceptPrediction, applyChange, typeAfterAcceptance } from "#inference/acceptance";
import type { Suggestion, TextChange } from "#inference/acceptance";
import { SUGGESTIONS } from "./keystrokes.ts";

/** The most probable words after a text. */
export type Suggest = (text: string, limit: number) => Promise<readonly Suggestion[]>;

export interface TypingResult {
  characters: number; // of the text that was to be typed, in UTF-16 units
  keys: number;
  acceptances: number; // of these keys
  savings: number; // (characters − keys) ÷ characters
  text: string; // what was typed: the text that was to be, perhaps with the space of its last word
}

export interface TypingOptions {
  limit?: number; // words suggested after every key, @default 5
  signal?: AbortSignal;
  onProgress?: (charactersDone: number) => void;
}

/**
 * Types a text.
 *
 * @example
 * const session = new LocalSession(model);
 * await typeText("We met.", async (text, limit) => session.update(text, { limit }));
 */
export async function typeText(
  target: string,
  suggest: Suggest,
  { limit = SUGGESTIONS, signal, onProgress }: TypingOptions = {},
): Promise<TypingResult> {
  let [text, keys, acceptances, hasSpace] = ["", 0, 0, false];
  const after = (change: TextChange) => applyChange({ before: text, after: "" }, change).before;
  // the space of the last word may be left
  while (text !== target && text !== `${target} `) {
    signal?.throwIfAborted();
    const change = bestAcceptance(text, target, await suggest(text, limit));
    onProgress?.(text.length);
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
  const characters = target.length;
  const savings = characters === 0 ? 0 : (characters - keys) / characters;
  return { characters, keys, acceptances, savings, text };
}

/** The acceptance that comes furthest, of those that save a key and leave nothing wrong. */
export function bestAcceptance(
  text: string,
  target: string,
  predictions: readonly Suggestion[],
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
