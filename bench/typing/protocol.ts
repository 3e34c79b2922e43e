// bench/typing/protocol: how many keys a list of words saves, by one rule for all programs (Trnka & McCoy 2008): before each word
// and after each of its letters a list is shown; as soon as the word is among its first 1, 3 or 5, it costs one key more
// and brings its space; else it costs its letters and a space. Case is ignored; marks and numbers are not counted.

/** A program that lists words. */
export interface Keyboard {
  /**
   * The words for a place, the most probable first.
   * @param before the text up to the word
   * @param typed its letters so far
   */
  list(before: string, typed: string): Promise<string[]>;
  close(): void;
}

export interface WordsTyped {
  words: number;
  savings: Record<string, number>; // (characters − keys) ÷ characters, by words offered
}

/** A word to type: `text.slice(start, end)`. */
export interface Place {
  start: number;
  end: number;
}

/** How many words are offered. */
const OFFERED = [1, 3, 5];
export const MAX_OFFERED = Math.max(...OFFERED);

/** Types the words of a text. */
export async function typeWords(
  text: string,
  places: Place[],
  keyboard: Keyboard,
): Promise<WordsTyped> {
  const keys = OFFERED.map(() => 0);
  let characters = 0;
  for (const { start, end } of places) {
    const letters = await lettersUntilOffered(text, { start, end }, keyboard);
    const length = end - start;
    characters += length + 1;
    for (const index of keys.keys()) keys[index]! += Math.min(letters[index]! + 1, length + 1);
  }
  const savings = OFFERED.map((offered, index) => [
    offered,
    Number(((characters - keys[index]!) / characters).toFixed(4)),
  ]);
  return { words: places.length, savings: Object.fromEntries(savings) };
}

/** For each number of words offered, the letters after which the word is among them; the word's own where it never is. */
async function lettersUntilOffered(text: string, { start, end }: Place, keyboard: Keyboard) {
  const word = foldWord(text.slice(start, end));
  const letters = OFFERED.map(() => end - start);
  for (let typed = 0; typed < end - start; typed++) {
    const listed = await keyboard.list(text.slice(0, start), text.slice(start, start + typed));
    const place = [...new Set(listed.map(foldWord))].indexOf(word);
    for (const [index, offered] of OFFERED.entries()) {
      if (place >= 0 && place < offered) letters[index] = Math.min(letters[index]!, typed);
    }
    if (place === 0) break;
  }
  return letters;
}

/** A word as words are compared. */
export function foldWord(word: string): string {
  return word.toLowerCase().replaceAll("’", "'");
}
