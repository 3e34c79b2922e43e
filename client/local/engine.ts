// client/local/engine: one text under one model, wherever this runs: the edge's own predictor, asked as the edge asks it, so that
// the same bits come out.

import { LanguageModel } from "../../inference/language-model.ts";
import { PositionError } from "../../inference/position-error.ts";
import { Predictor } from "../../inference/predictor.ts";
import { beginText, replaceFrom, settleText } from "../../inference/session-text.ts";
import type { SessionText } from "../../inference/session-state.ts";
import { memoryOf, rebuildRecentWords, rejectWord } from "../../inference/user-words.ts";
import type { Predictions, Question } from "../types.ts";

const DEFAULT_LIMIT = 5;

/** Answers questions about one text; each says what the text is now. */
export interface Engine {
  predict(question: Question): Predictions;
}

/** What a model is called. */
export interface ModelNames {
  model: string;
  version: string;
}

/** @throws Error where the file is no edge file, or is not whole */
export function createEngine(
  kernels: WebAssembly.Module,
  file: Uint8Array,
  names: ModelNames,
): Engine {
  const predictor = new Predictor(LanguageModel.open(kernels, file));
  let session = beginText(predictor);

  return {
    predict({ text, limit = DEFAULT_LIMIT, learn = true, reject }) {
      const edited = settleText(changeTo(session, text, learn, predictor), predictor);
      session = rebuildRecentWords(reject === undefined ? edited : rejectWord(edited, reject), predictor); // prettier-ignore
      const point = session.points.at(-1)!;
      const read = point.position - session.start;
      const [before, rest] = [session.text.slice(0, read), session.text.slice(read)];
      const memory = memoryOf(session, predictor);
      const predictions = predictor.predict(point, before, rest, limit, memory);
      return { ...names, position: session.start + session.text.length, predictions };
    },
  };
}

/** The session with another text, of which it keeps what is the same. */
function changeTo(session: SessionText, text: string, learn: boolean, predictor: Predictor) {
  const { start, text: known } = session;
  let at = start;
  while (at < start + known.length && at < text.length && known[at - start] === text[at]) at++;
  try {
    return replaceFrom(session, { at, text: text.slice(at), learn }, predictor);
  } catch (error) {
    // before what is retained: the whole text is read again
    if (error instanceof PositionError)
      return replaceFrom(session, { at: 0, text, learn }, predictor);
    throw error;
  }
}
