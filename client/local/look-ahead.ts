// client/local/look-ahead: answers to the texts that most probably come next, so that they are there at once when one of them does.

import type { Prediction, Predictions, Question } from "../types.ts";
import type { Engine } from "./engine.ts";

/** A question that may come, and its answer. */
export interface Ahead {
  question: Question;
  answer: Predictions;
}

/** A list so long shows which letters may come. */
const LIMIT = 50;
const MAX_LETTERS = 10;

/**
 * What the same would be answered after a question of each text that may follow, one by one.
 *
 * @example
 * [...lookAhead(engine, { text: "the uni" })]; // of "the union ", "the unio", "the unit" …
 */
export function* lookAhead(engine: Engine, last: Question): Generator<Ahead> {
  const asked = { ...last, reject: undefined };
  const { predictions } = engine.predict({ ...asked, limit: LIMIT }, false);
  for (const more of continuations(predictions)) {
    const question = { ...asked, text: asked.text + more };
    yield { question, answer: engine.predict(question, false) };
  }
}

/** The first prediction accepted, then each letter that may come, the most probable first. */
function continuations(predictions: Prediction[]): string[] {
  const inserts = predictions.flatMap(({ insert, replace }) => (replace ? [] : insert || []));
  const letters = new Set(inserts.map((insert) => String.fromCodePoint(insert.codePointAt(0)!)));
  return [...inserts.slice(0, 1).map((insert) => `${insert} `), ...[...letters].slice(0, MAX_LETTERS)]; // prettier-ignore
}
