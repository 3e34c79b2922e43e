// inference/suggestion-list: what a caller may ask of a list of predictions beside how long it is: nothing unlikely, nothing that
// stands behind the cursor, phrases, corrections. The same in the Worker, its sessions and the page. Pure.
//
// Phrase: the word that most probably follows is added to a prediction, and so on, while the probability of all of them
// together is MIN_PHRASE_PROBABILITY at least. Each one's share is that of the list that follows the text with the words so
// far and a space. At most 1 ÷ MIN_PHRASE_PROBABILITY predictions can have one.

import { isWorthOffering } from "./acceptance.ts";
import { endsInOpenAddress } from "./address-parts.ts";
import type { Memory } from "./cache-mixture.ts";
import { rank } from "./candidates.ts";
import type { PhraseWord, Prediction, Predictor } from "./predictor.ts";
import type { TextCursor } from "./text-cursor.ts";

/** Named as requests name them. */
export interface ListOptions {
  limit: number; // how many predictions at most
  min_probability?: number; // less probable ones are left out, @default 0
  after?: string; // the text behind the cursor: what stands there is left out, @default ""
  phrases?: boolean; // whether words that surely follow are added, @default false
  correct?: boolean; // whether words that the letters typed miss by one key are offered, @default false
}

/** Words of a phrase in all. */
const MAX_PHRASE_WORDS = 4;
/** A phrase less probable than this is not offered. */
export const MIN_PHRASE_PROBABILITY = 0.2;
/** So many words at most are read, and followed, for the phrases of a list. */
export const MAX_PHRASE_STEPS = Math.floor(1 / MIN_PHRASE_PROBABILITY) * (MAX_PHRASE_WORDS - 1);
/** So far around the cursor the text is compared with a prediction. */
const REACH = 500;
/** So many predictions of a list may be what stands behind the cursor. */
const SPARE = 2;

/**
 * The list of predictions after a text.
 *
 * @example
 * listPredictions(predictor, cursor, memory, { limit: 3, after: " States" });
 */
export function listPredictions(
  predictor: Predictor,
  cursor: TextCursor,
  memory: Memory,
  {
    limit,
    min_probability: min = 0,
    after: behind = "",
    phrases = false,
    correct = false,
  }: ListOptions,
): Prediction[] {
  const { point, before, rest } = cursor;
  const after = behind.slice(0, REACH);
  const asked = lengthToAsk({ limit, after });
  let all = predictor.predict(point, before, rest, asked, memory);
  if (correct) {
    const { corrections, share } = predictor.correct(cursor, asked, memory);
    const others = all.map((item) => ({ ...item, probability: item.probability * (1 - share) }));
    if (share > 0) all = rank([...others, ...corrections], asked);
  }
  const text = (before + rest).slice(-REACH);
  const list = all
    .filter(
      (item) => item.probability >= min && (after === "" || isWorthOffering(text, after, item)),
    ) // prettier-ignore
    .slice(0, limit);
  if (!phrases) return list;
  const threshold = Math.max(min, MIN_PHRASE_PROBABILITY);
  return list.map((item) => {
    if (endsInOpenAddress(text + item.insert)) return item;
    const phrase = followWords(predictor, cursor, item, memory, { threshold, after });
    return phrase.length === 0 ? item : { ...item, phrase };
  });
}

/**
 * How many predictions are made for a list.
 *
 * @example
 * lengthToAsk({ limit: 3, after: " States" }); // 5
 */
export function lengthToAsk({ limit, after = "" }: Pick<ListOptions, "limit" | "after">): number {
  return after === "" ? limit : limit + SPARE;
}

/** The words that follow a prediction, as long as all of them together are probable. */
function followWords(
  predictor: Predictor,
  { point, before, rest }: TextCursor,
  { insert, replace, probability: first }: Prediction,
  memory: Memory,
  { threshold, after }: { threshold: number; after: string },
): PhraseWord[] {
  const phrase: PhraseWord[] = [];
  let cursor = { point, before, rest: rest.slice(0, rest.length - replace) + insert };
  let { words } = memory;
  for (let probability = first; probability >= threshold && phrase.length < MAX_PHRASE_WORDS - 1;) {
    const typed = `${cursor.rest} `;
    const read = predictor.read(cursor.point, typed);
    words = [...words, ...read.words];
    const length = read.point.position - cursor.point.position;
    cursor = { point: read.point, before: cursor.before + typed.slice(0, length), rest: typed.slice(length) }; // prettier-ignore
    const known = { ...memory, words };
    const [next] = predictor.predict(cursor.point, cursor.before, cursor.rest, 1, known);
    if (!next || (probability *= next.probability) < threshold) break;
    const text = (cursor.before + cursor.rest).slice(-REACH).trimEnd();
    const addition = { insert: ` ${next.insert}` };
    if (after !== "" && !isWorthOffering(text, after, addition)) break; // prettier-ignore
    phrase.push({ word: next.word, probability, ...addition });
    cursor.rest += next.insert;
  }
  return phrase;
}
