// bench/erring-typist: a simulated typist who hits a wrong key now and then: one beside the right one, one too many, one too few, or
// two in the wrong order. Who sees the right word in the list accepts it; otherwise the error is noticed at the word's end,
// where the letters from it on are taken back and typed again. Every key counts.

import { applyChange } from "#inference/acceptance";
import type { Suggestion } from "#inference/acceptance";
import { ROWS } from "#inference/corrections";
import { bestAcceptance } from "#training/evaluation/typist";

export interface ErringResult {
  characters: number;
  keys: number;
  errors: number;
  savings: number;
}

/** Types a text in which each letter goes wrong with probability `rate`, at most once a word. */
export async function typeWithErrors(
  target: string,
  suggest: (text: string) => Promise<readonly Suggestion[]>,
  { rate, random }: { rate: number; random: () => number },
): Promise<ErringResult> {
  let [text, keys, errors] = ["", 0, 0];
  let next = 0; // of the target's characters, the one to type
  let wrongAt: number | null = null;
  let spared = 0; // up to here every key is right
  while (next < target.length) {
    const change = bestAcceptance(text, target, await suggest(text));
    if (change) {
      keys++;
      text = applyChange({ before: text, after: "" }, change).before;
      // a mark takes the word's space back, and the key that types it is the one that counts
      if (!target.startsWith(text)) text = text.trimEnd();
      [next, wrongAt] = [text.length, null];
      continue;
    }
    const letter = target[next]!;
    if (wrongAt !== null && !/\p{L}/u.test(letter)) {
      keys += text.length - wrongAt;
      text = text.slice(0, wrongAt);
      [spared, next, wrongAt] = [next, wrongAt, null];
      continue;
    }
    const row = ROWS.find((row) => row.includes(letter));
    if (row && wrongAt === null && next >= spared && random() < rate) {
      const wrong = mistype(target, next, row, random);
      if (wrong) {
        errors++;
        wrongAt = next;
        keys += wrong.keys.length;
        text += wrong.keys;
        next += wrong.taken;
        continue;
      }
    }
    keys++;
    text += letter;
    next++;
  }
  return { characters: target.length, keys, errors, savings: 1 - keys / target.length };
}

/** What is typed in place of a letter, and how many of the text's letters that takes; null where it would not show. */
function mistype(target: string, at: number, row: string, random: () => number) {
  const letter = target[at]!;
  const following = target[at + 1] ?? " ";
  const place = row.indexOf(letter);
  const beside = row[place + (random() < 0.5 ? 1 : -1)] ?? row[place === 0 ? 1 : place - 1]!;
  const kind = random();
  if (kind < 0.4) return { keys: beside, taken: 1 };
  if (kind < 0.6) return { keys: letter + beside, taken: 1 };
  if (!/\p{Ll}/u.test(following) || following === letter) return null;
  return kind < 0.85 ? { keys: following, taken: 2 } : { keys: following + letter, taken: 2 };
}
