// inference/local-session: one text under one model, wherever this runs: the edge's own predictor, asked as the edge asks it, so
// that the same bits come out. Keeps nothing but memory.

import type { LanguageModel } from "./language-model.ts";
import { PositionError } from "./position-error.ts";
import { Predictor } from "./predictor.ts";
import type { Prediction } from "./predictor.ts";
import { beginText, cursorOf, replaceFrom, settleText } from "./session-text.ts";
import type { SessionText } from "./session-state.ts";
import { listPredictions } from "./suggestion-list.ts";
import type { ListOptions } from "./suggestion-list.ts";
import { finishEdit, memoryOf } from "./user-words.ts";

const DEFAULT_LIMIT = 5;

/** What a change of the text may say besides the text. */
export interface LocalSessionOptions extends Partial<ListOptions> {
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

  /** @param suppressed words that are never to be suggested, in whatever case */
  constructor(model: LanguageModel, suppressed?: readonly string[]) {
    this.#predictor = new Predictor(model, suppressed);
    this.#session = beginText(this.#predictor);
  }

  /** The whole text is now `text`, or would be where it is not kept: the most probable words after it. */
  update(
    text: string,
    { learn = true, reject, limit = DEFAULT_LIMIT, ...options }: LocalSessionOptions = {},
    isKept = true,
  ): Prediction[] {
    const predictor = this.#predictor;
    const edited = settleText(this.#changeTo(text, learn), predictor);
    const session = finishEdit(edited, reject, predictor);
    if (isKept) [this.#text, this.#session] = [text, session];
    const memory = memoryOf(session, predictor);
    return listPredictions(predictor, cursorOf(session), memory, { limit, ...options });
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
