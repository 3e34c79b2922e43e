// client/session: one text that is being written, by one writer. Holds the text; calls take turns, and each carries the text
// as it was when it was made. Who answers is the backend's matter, and may change in the middle of a word.

import { acceptPrediction, applyChange } from "../inference/acceptance.ts";
import type { Backend, CallOptions, Feedback, Prediction, Predictions, Question } from "./types.ts";

/** A letter with its marks, or an emoji of several code points, is far shorter. */
const MAX_GRAPHEME = 64;

/**
 * A text that is being written, and the words that may come after it.
 *
 * @example
 * const session = new Session(new DirectBackend(engine));
 * const { predictions } = await session.append("the uni");
 * await session.accept(predictions[0]); // session.text is "the union "
 */
export class Session {
  #backend: Backend;
  #text: string;
  #updates = 0;
  #turn: Promise<unknown> = Promise.resolve(); // when the last call has been answered
  /** The position of the text's first character: 0, but for a session whose older text the server no longer has. */
  readonly start: number;

  constructor(backend: Backend, { text = "", start = 0 } = {}) {
    this.#backend = backend;
    this.#text = text;
    this.start = start;
  }

  /** The text, from `start` on. */
  get text(): string {
    return this.#text;
  }

  /** Where the text ends, in UTF-16 code units. */
  get position(): number {
    return this.start + this.#text.length;
  }

  /** Who answers; another one is handed the text with the next call. */
  get backend(): Backend {
    return this.#backend;
  }
  set backend(backend: Backend) {
    this.#backend = backend;
  }

  /**
   * From position `at` on the text is now `text`.
   * @throws RangeError where the text does not reach so far; AfterwordError what the server refuses
   */
  edit(at: number, text: string, options: CallOptions = {}): Promise<Predictions> {
    if (!(at >= this.start && at <= this.position)) {
      throw new RangeError(`at is ${at}; the text goes from ${this.start} to ${this.position}`);
    }
    this.#text = this.#text.slice(0, at - this.start) + text;
    return this.#ask({ ...options, text: this.#text });
  }

  /** The text goes on with `text`. */
  append(text: string, options?: CallOptions): Promise<Predictions> {
    return this.edit(this.position, text, options);
  }

  /** Takes characters back from the end, as a person counts them: an emoji is one. */
  backspace(count = 1, options?: CallOptions): Promise<Predictions> {
    let { length } = this.#text;
    for (let left = count; left > 0 && length > 0; left--) {
      const tail = this.#text.slice(Math.max(length - MAX_GRAPHEME, 0), length);
      length -= [...new Intl.Segmenter().segment(tail)].at(-1)!.segment.length;
    }
    return this.edit(this.start + length, "", options);
  }

  /**
   * The whole text is now `text`. For fields: of those calls that wait, only the last is made.
   * @returns null where a later call overtook this one
   */
  update(text: string, options: CallOptions = {}): Promise<Predictions | null> {
    this.#text = text;
    const update = ++this.#updates;
    return this.#queue(async () => {
      if (update !== this.#updates) return null;
      const answer = await this.#predict({ ...options, text });
      return this.#text.startsWith(text) ? answer : null;
    });
  }

  /** Accepts a prediction at the end of the text; the word brings its space. */
  accept(prediction: Prediction, options?: CallOptions): Promise<Predictions> {
    const change = acceptPrediction(this.#text, "", prediction);
    const { before } = applyChange({ before: this.#text, after: "" }, change);
    const kept = this.#text.length - change.replace;
    return this.edit(this.start + kept, before.slice(kept), options);
  }

  /** A suggested word is not wanted here: predictions without it, for a while. */
  reject(word: string, options: CallOptions = {}): Promise<Predictions> {
    return this.#ask({ ...options, text: this.#text, reject: word });
  }

  /** Types a text letter by letter, or what comes from elsewhere piece by piece; yields after each. */
  async *type(pieces: Iterable<string> | AsyncIterable<string>, options?: CallOptions) {
    for await (const piece of pieces) yield await this.append(piece, options);
  }

  /** Tells the server how suggestions fared. */
  async report(feedback: Feedback): Promise<void> {
    await this.#backend.report?.(feedback);
  }

  /** Ends the connection; `resume` can go on with the session until it expires. */
  close(): void {
    this.#backend.close();
  }

  /** Ends the session, and has the server forget it. */
  async delete(): Promise<void> {
    await this.#queue(() => this.#backend.delete());
  }

  #ask(question: Question): Promise<Predictions> {
    this.#updates++; // an update that waits belongs to an older text
    return this.#queue(() => this.#predict(question));
  }

  async #predict(question: Question): Promise<Predictions> {
    question.signal?.throwIfAborted();
    const answer = await this.#backend.predict(question);
    return { ...answer, position: this.start + question.text.length };
  }

  #queue<Result>(call: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(call);
    this.#turn = turn.catch(() => {}); // the caller hears of it, the next in turn need not
    return turn;
  }
}
