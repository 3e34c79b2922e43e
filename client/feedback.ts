// client/feedback: how suggestions fare, in counts: words for which something was suggested, and of these how many were accepted
// or typed out all the same. What is suggested and typed stays here; sending the counts is the source's matter.

import type { Feedback } from "./types.ts";

/** A page, where there is one; Node has no such events. */
const page = globalThis as unknown as {
  addEventListener?(name: string, listener: () => void): void;
  removeEventListener?(name: string, listener: () => void): void;
};
const PERIOD_MS = 60_000;
const WORD_BEFORE = /[\p{L}\p{M}\p{N}'’-]{0,100}$/u;
const WORD = /^\s*([\p{L}\p{M}\p{N}'’-]{1,100})/u;

/**
 * Counts what becomes of suggestions, word by word, and sends the counts once a minute.
 *
 * @example
 * const counter = new FeedbackCounter((counts) => void backend.report(counts));
 * counter.show(version, ["union"]);
 * counter.accept(2); // two characters saved
 */
export class FeedbackCounter {
  readonly #send: (feedback: Feedback) => void;
  readonly #flush = () => this.flush();
  readonly #words = new Set<string>(); // that were suggested for the word at the cursor, in lower case
  #start = 0; // where that begins
  #version = "";
  #counts: Feedback | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(send: (feedback: Feedback) => void) {
    this.#send = send;
    page.addEventListener?.("pagehide", this.#flush);
  }

  /** The text before the cursor, whenever it changed. */
  input(before: string): void {
    const start = before.length - WORD_BEFORE.exec(before.slice(-100))![0].length;
    if (start === this.#start) return;
    const [, word] = WORD.exec(before.slice(this.#start)) ?? [];
    if (start > this.#start && word && this.#words.size > 0) {
      this.#count({ typed_out: Number(this.#words.has(word.toLowerCase())) });
    }
    this.#words.clear();
    this.#start = start;
  }

  /** What is suggested now, as words will stand in the text. */
  show(version: string, words: string[]): void {
    this.#version = version;
    for (const word of words) this.#words.add(word.toLowerCase());
  }

  /** One of them was accepted. */
  accept(charactersSaved: number): void {
    if (this.#words.size > 0) this.#count({ accepted: 1, characters_saved: charactersSaved });
    this.#words.clear();
  }

  /** Sends what was counted. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#counts) this.#send(this.#counts);
    this.#counts = null;
  }

  /** Sends it, and counts no more. */
  stop(): void {
    page.removeEventListener?.("pagehide", this.#flush);
    this.flush();
  }

  #count({ accepted = 0, typed_out = 0, characters_saved = 0 }: Partial<Feedback>): void {
    if (this.#counts && this.#counts.version !== this.#version) this.flush();
    const counts = (this.#counts ??= { version: this.#version, shown: 0, accepted: 0, typed_out: 0, characters_saved: 0 });
    counts.shown++;
    counts.accepted += accepted;
    counts.typed_out += typed_out;
    counts.characters_saved += characters_saved;
    this.#timer ??= setTimeout(this.#flush, PERIOD_MS);
    (this.#timer as { unref?: () => void }).unref?.(); // a program may end before
  } // prettier-ignore
}
