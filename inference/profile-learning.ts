// inference/profile-learning: what of a session's text its writer's profile has, and what of it is still to be told. Pure; telling
// is the session's.
//
// The session remembers the phrases that the profile has of its text. When it is saved, those of the text as it is then are
// compared with them: what is new is added, under that day, and what is no longer there is taken back from the day it was
// added to. A call that is repeated changes no text, and so nothing here; a word that is edited counts as it is in the end.
//
// Text before `frozen` is done with: it is no longer retained, or the profile was told to forget. Nothing of it is added or
// taken back any more.
//
// Changes are numbered and kept until the profile has answered, so that one that is sent twice counts once.

import { tokenizerOf } from "#model/tokenizers/find";
import type { TokenizerSettings } from "#model/tokenizers/tokenizer";
import { readPhrases } from "./profile-phrases.ts";
import type { Phrase } from "./profile-phrases.ts";
import type { SessionText } from "./session-state.ts";
import { SENTENCE_START } from "./writer-profile.ts";
import type { ProfileChange } from "./writer-profile.ts";

/** How far a session's text has been learned by its writer's profile. */
export interface Learning {
  tokenizer: TokenizerSettings;
  frozen: number; // in the text
  phrases: LearnedPhrase[]; // that the profile has of the text behind, in rising order
  rejected: string[]; // that it was told of
  sequence: number; // of the last change
  changes: NumberedChange[]; // that it may not have yet
}

/** A phrase that the profile has counted. */
export interface LearnedPhrase extends Phrase {
  day: number; // that it is counted under
}

/** A change of a profile, numbered so that it is made once. */
export interface NumberedChange extends ProfileChange {
  sequence: number;
}

/** So many changes wait for a profile that does not answer; what is typed meanwhile is not learned. */
const MAX_CHANGES = 16;
const MAX_REJECTED = 200;

/**
 * Nothing is learned yet.
 *
 * @example
 * beginLearning({ tokenizer: "text" }).changes; // []
 */
export function beginLearning(tokenizer: TokenizerSettings): Learning {
  return { tokenizer, frozen: 0, phrases: [], rejected: [], sequence: 0, changes: [] };
}

/** A session's text as it was when it was saved. */
export interface SavedMoment {
  changedFrom: number; // from where on the text may be another than when it was saved last
  isFinished: boolean; // whether its last word is whole
  day: number;
}

/**
 * What is learned, with the change that the text as it is now makes.
 *
 * @example
 * learnText(learning, session, { changedFrom: 0, isFinished: true, day: dayOf(Date.now()) });
 */
export function learnText(
  learning: Learning,
  session: SessionText,
  { changedFrom, isFinished, day }: SavedMoment,
): Learning {
  if (learning.changes.length >= MAX_CHANGES) return freeze(learning, session);
  const { from, known } = reach(learning, session, changedFrom);
  const phrases = phrasesFrom(learning, session, { from, known, isFinished });
  const byText = Map.groupBy(known, ({ phrase }) => phrase);
  const plus: LearnedPhrase[] = [];
  const learned = phrases.map((phrase): LearnedPhrase => {
    const before = byText.get(phrase.phrase)?.shift();
    if (before) return { ...phrase, day: before.day };
    const added = { ...phrase, day };
    plus.push(added);
    return added;
  });
  const minus = [...byText.values()].flat();
  const words = session.rejected.map(({ word }) => word);
  const rejected = [...new Set(words)].filter((word) => !learning.rejected.includes(word));
  const next = { ...learning, frozen: from, phrases: learned };
  if (plus.length + minus.length + rejected.length === 0) return next;
  const dated = (some: LearnedPhrase[]) => some.map(({ day, phrase }) => ({ day, phrase }));
  const sequence = learning.sequence + 1;
  const change = { sequence, day, plus: dated(plus), minus: dated(minus), rejected };
  return {
    ...next,
    rejected: [...learning.rejected, ...rejected].slice(-MAX_REJECTED),
    sequence,
    changes: [...learning.changes, change],
  };
}

/**
 * What is learned after the profile has answered a change.
 *
 * @example
 * acknowledge(learning, learning.sequence).changes; // []
 */
export function acknowledge(learning: Learning, sequence: number): Learning {
  const changes = learning.changes.filter((change) => change.sequence > sequence);
  return changes.length === learning.changes.length ? learning : { ...learning, changes };
}

/**
 * Nothing of the text so far is added or taken back any more.
 *
 * @example
 * freeze(learning, session).frozen; // session.start + session.text.length
 */
export function freeze(learning: Learning, { start, text }: SessionText): Learning {
  return { ...learning, frozen: start + text.length, phrases: [], changes: [] };
}

/** From where on the text is compared, and what the profile has of that. */
function reach({ frozen, phrases }: Learning, { start, text }: SessionText, changedFrom: number) {
  const from = Math.min(frozen, changedFrom);
  if (from >= start) return { from, known: phrases };
  // what was let go of meanwhile counts as it was
  const known = phrases.filter((phrase) => phrase.start >= start);
  const next = known[0] && known[0].start <= changedFrom ? known[0].start : start;
  return { from: Math.min(next, start + text.length), known };
}

function phrasesFrom(
  { tokenizer }: Learning,
  { start, text, excludedRanges }: SessionText,
  { from, known, isFinished }: { from: number; known: LearnedPhrase[]; isFinished: boolean },
): Phrase[] {
  const [first] = known;
  const opens = from === 0 || (first?.start === from && first.phrase.startsWith(`${SENTENCE_START} `)); // prettier-ignore
  let begin = from - start;
  // of a word that was begun before, the rest is none
  if (begin > 0 && !/\s/u.test(text.charAt(begin - 1)) && first?.start !== from)
    begin += Math.max(text.slice(begin).search(/\s|$/u), 0);
  const excluded = excludedRanges.map((range) => ({
    start: range.start - start - begin,
    end: range.end - start - begin,
  }));
  const options = { opens, isFinished, excluded };
  const found = readPhrases(tokenizerOf(tokenizer), text.slice(begin), options);
  return found.map((phrase) => ({ ...phrase, start: phrase.start + start + begin }));
}
