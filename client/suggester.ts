// client/suggester: what to offer at a cursor, whatever it stands in: asks as the text changes, narrows what is known while an
// answer is under way, and says what an acceptance does. Draws nothing.

import { acceptPrediction, isWorthOffering, labelOf, narrowPrediction, typeAfterAcceptance } from "../inference/acceptance.ts"; // prettier-ignore
import type { TextChange } from "../inference/acceptance.ts";
import { FeedbackCounter } from "./feedback.ts";
import { waitMs } from "./http.ts";
import type { CallOptions, Feedback, Prediction, Predictions } from "./types.ts";

/** Whoever predicts: a Session does. */
export interface SuggestionSource {
  update(text: string, options?: CallOptions): Promise<Predictions | null>;
  reject(word: string, options?: CallOptions): Promise<Predictions>;
  /** Takes counts of how suggestions fared; where it is left out, nobody is told. */
  report?(feedback: Feedback): Promise<void>;
}

/** How suggestions are made. */
export interface SuggesterOptions {
  /** How many are offered at most. @default 5 */
  limit?: number;
  /** What is less probable is not offered. @default 0 */
  minProbability?: number;
  /** Whether the writer's user words may be suggested again. */
  learn?: boolean;
  /** Whether the source is told how many suggestions were shown and accepted: counts, no text. @default true */
  feedback?: boolean;
}

/** Keystrokes that acceptances saved, of all that the text would have cost. */
export interface Keystrokes {
  typed: number;
  saved: number;
}

interface Answer {
  before: string;
  predictions: Prediction[];
}

/** So many answers are kept to narrow from, for letters that are taken back. */
const MAX_ANSWERS = 32;

/**
 * What to offer at a cursor.
 *
 * @example
 * const suggester = new Suggester(session, { limit: 3 });
 * suggester.subscribe(() => draw(suggester.predictions));
 * suggester.input("the uni", ""); // whenever the text or the cursor changed
 */
export class Suggester {
  readonly keystrokes: Keystrokes = { typed: 0, saved: 0 };
  /** The last answer, as it came. */
  latest: Predictions | null = null;
  /** Why there was none. */
  error: Error | null = null;
  readonly options: SuggesterOptions;
  readonly #listeners = new Set<() => void>();
  readonly #feedback: FeedbackCounter | undefined;
  #source: SuggestionSource;
  #before = "";
  #after = "";
  #answers: Answer[] = []; // newest last
  #narrowed: Prediction[] | undefined; // what is known of the text as it is now
  #isDismissed = false;
  #hasSpace = false; // before the cursor stands a space that an acceptance brought
  #isWaiting = false;
  #wanted = false; // an acceptance was asked for before there was an answer
  #asks = 0;
  #attempt = 0; // how often nothing has been answered
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(source: SuggestionSource, options: SuggesterOptions = {}) {
    this.#source = source;
    this.options = options;
    if (options.feedback ?? true) {
      this.#feedback = new FeedbackCounter((feedback) => void this.#source.report?.(feedback).catch(() => {})); // prettier-ignore
    }
  }

  /** Calls back whenever what is offered, or why nothing is, has changed; answers how to end that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Another one is asked from now on; the text is the same. */
  set source(source: SuggestionSource) {
    this.#source = source;
    void this.#ask();
  }

  /** Whether an answer to the text as it is now is still under way. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** What is offered for the text as it is now, the most probable first. */
  get predictions(): Prediction[] {
    return this.#isDismissed ? [] : (this.#narrowed ??= this.#narrow());
  }

  /** The text before the cursor and behind it, whenever one of them changed. */
  input(before: string, after: string): void {
    if (before === this.#before && after === this.#after && this.#asks > 0) return;
    if (before !== this.#before) this.#wanted = this.#isDismissed = false;
    if (after !== this.#after) this.#answers = [];
    [this.#before, this.#after, this.#narrowed] = [before, after, undefined];
    this.#feedback?.input(before);
    void this.#ask(); // first: who is told may look again
    this.#notify();
  }

  /** What typing does to the text; null where it is just typed. */
  type(typed: string): TextChange | null {
    const hadSpace = this.#hasSpace && this.#before.endsWith(" ");
    this.#hasSpace = false;
    this.keystrokes.typed++;
    if (!hadSpace) return null;
    const change = typeAfterAcceptance(this.#before, typed);
    return change.replace > 0 || change.insert === "" ? change : null;
  }

  /** What accepting does to the text; null where there is nothing to accept. */
  accept(index = 0): TextChange | null {
    const prediction = this.predictions[index];
    if (!prediction) return null;
    const change = acceptPrediction(this.#before, this.#after, prediction);
    this.#hasSpace = change.insert.endsWith(" ");
    this.keystrokes.typed++;
    const saved = Math.max(change.insert.length - 1, 0);
    this.keystrokes.saved += saved;
    this.#feedback?.accept(saved);
    return change;
  }

  /** Accepts the first as soon as there is one: `onwanted` is called then. False where none is under way. */
  acceptWhenReady(onwanted: () => void): boolean {
    if (!this.#isWaiting) return false;
    this.#wanted = true;
    this.#onwanted = onwanted;
    return true;
  }
  #onwanted: () => void = () => {};

  /** The word is not wanted here; others are suggested in its place. */
  async reject(index: number): Promise<void> {
    const word = this.predictions[index]?.word;
    if (word === undefined) return;
    const before = this.#before;
    this.#answers = this.#answers.map((answer) => ({
      ...answer,
      predictions: answer.predictions.filter((prediction) => prediction.word !== word),
    }));
    this.#narrowed = undefined;
    this.#notify();
    const answer = await this.#source.reject(word, this.#call()).catch(() => null);
    if (answer) this.#take(before, answer);
  }

  /** Offers nothing until the text changes. */
  dismiss(): void {
    this.#isDismissed = true;
    this.#wanted = false;
    this.#notify();
  }

  /** Asks no more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
    this.#feedback?.stop();
  }

  #narrow(): Prediction[] {
    // answers may come late: the one to the longest text counts
    const [answer] = this.#answers
      .filter(({ before }) => this.#before.startsWith(before))
      .sort((a, b) => b.before.length - a.before.length);
    if (!answer) return [];
    const typed = this.#before.slice(answer.before.length);
    return answer.predictions.flatMap((prediction) => narrowPrediction(prediction, typed) ?? []);
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  async #ask(): Promise<void> {
    const before = this.#before;
    const ask = ++this.#asks;
    clearTimeout(this.#timer);
    this.#isWaiting = true;
    try {
      const answer = await this.#source.update(before, this.#call());
      if (!answer) return; // a later one was asked
      this.#attempt = 0;
      this.error = null;
      this.#take(before, answer);
    } catch (error) {
      if (ask !== this.#asks) return;
      this.#isWaiting = false;
      this.error = error as Error;
      this.#timer = setTimeout(() => void this.#ask(), waitMs(++this.#attempt + 1, error));
      this.#notify();
    }
  }

  #call(): CallOptions {
    const { limit, learn } = this.options;
    return { ...(limit !== undefined && { limit }), ...(learn !== undefined && { learn }) };
  }

  #take(before: string, answer: Predictions): void {
    const { minProbability = 0 } = this.options;
    const predictions = answer.predictions.filter((prediction) => {
      return prediction.probability >= minProbability && isWorthOffering(before, this.#after, prediction); // prettier-ignore
    });
    this.latest = answer;
    this.#answers = [...this.#answers.filter((known) => known.before !== before), { before, predictions }].slice(-MAX_ANSWERS); // prettier-ignore
    this.#narrowed = undefined;
    if (before === this.#before) {
      this.#isWaiting = false;
      this.#feedback?.show(answer.version, this.predictions.map((prediction) => labelOf(before, prediction))); // prettier-ignore
    }
    this.#notify();
    if (!this.#isWaiting && this.#wanted) {
      this.#wanted = false;
      this.#onwanted();
    }
  }
}
