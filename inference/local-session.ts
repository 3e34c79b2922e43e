// inference/local-session: one text under one model, wherever this runs: the edge's own predictor, asked as the edge asks it, so
// that the same bits come out. Keeps nothing but memory.

import type { LanguageModel } from "./language-model.ts";
import { PositionError } from "./position-error.ts";
import { Predictor } from "./predictor.ts";
import type { Prediction } from "./predictor.ts";
import { beginText, replaceFrom, settleText } from "./session-text.ts";
import type { SessionText } from "./session-state.ts";
import { memoryOf, rebuildRecentWords, rejectWord } from "./user-words.ts";

const DEFAULT_LIMIT = 5;

export interface LocalSessionOptions {
  limit?: number; // how many words to predict, @default 5
  learn?: boolean; // whether the words of this change may be suggested again, @default true
  reject?: string; // a word that was suggested and is not wanted
}

/**
 * A text that is being typed, and what may come after it.
 *
 * @example
 * const session = new LocalSession(LanguageModel.open(module, file));
 * session.update("the uni"); // [{ word: "Union", probability: 0.9, insert: "on", replace: 0 }, …]
 */
export class LocalSession {
  readonly #predictor: Predictor;
  #text = ""; // all of it, of which the session retains the end
  #session: SessionText;

  constructor(model: LanguageModel) {
    this.#predictor = new Predictor(model);
    this.#session = beginText(this.#predictor);
  }

  /** Where the text ends, in UTF-16 units. */
  get position(): number {
    return this.#text.length;
  }

  /** The whole text is now `text`: the most probable words after it. */
  update(
    text: string,
    { limit = DEFAULT_LIMIT, learn = true, reject }: LocalSessionOptions = {},
  ): Prediction[] {
    const predictor = this.#predictor;
    const edited = settleText(this.#changeTo(text, learn), predictor);
    const session = rebuildRecentWords(reject === undefined ? edited : rejectWord(edited, reject), predictor); // prettier-ignore
    [this.#text, this.#session] = [text, session];
    const point = session.points.at(-1)!;
    const read = point.position - session.start;
    const [before, rest] = [session.text.slice(0, read), session.text.slice(read)];
    return predictor.predict(point, before, rest, limit, memoryOf(session, predictor));
  }

  /** The session with another text, of which it keeps what is the same. */
  #changeTo(text: string, learn: boolean): SessionText {
    let at = 0;
    while (at < text.length && this.#text[at] === text[at]) at++;
    try {
      return replaceFrom(this.#session, { at, text: text.slice(at), learn }, this.#predictor);
    } catch (error) {
      // before what is retained: the whole text is read again
      if (!(error instanceof PositionError)) throw error;
      return replaceFrom(this.#session, { at: 0, text, learn }, this.#predictor);
    }
  }
}
