// bench/typing/word-list: a keyboard of a language model that scores all its words after the ones before in the sentence.

import { foldWord, MAX_OFFERED } from "./protocol.ts";
import type { Keyboard } from "./protocol.ts";
import { historiesOf, isTyped } from "./texts.ts";

/**
 * @param words that the model knows
 * @param score a number for each of them after the words of a sentence so far; the higher, the more probable
 * @param typed the text that will be typed
 */
export function listWords(
  words: string[],
  score: (sentence: string[]) => ArrayLike<number>,
  typed: string,
): Keyboard {
  const histories = historiesOf(typed);
  const offered = [...words.keys()].filter((id) => isTyped(words[id]!));
  let [scored, scores]: [number, ArrayLike<number>] = [-1, []]; // of the last place
  return {
    async list(before, letters) {
      if (scored !== before.length) scores = score(histories.get(before.length)!);
      scored = before.length;
      const prefix = foldWord(letters);
      const best: number[] = [];
      for (const id of offered) {
        if (best.length === MAX_OFFERED && scores[id]! <= scores[best.at(-1)!]!) continue;
        if (!words[id]!.startsWith(prefix)) continue;
        const place = best.findIndex((other) => scores[id]! > scores[other]!);
        best.splice(place < 0 ? best.length : place, 0, id);
        if (best.length > MAX_OFFERED) best.pop();
      }
      return best.map((id) => words[id]!);
    },
    close() {},
  };
}
