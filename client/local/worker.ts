// client/local/worker: the engine in a Web Worker, so that no keystroke waits for it. Questions are answered in their order; while
// none comes, the next ones are answered ahead.

import type { Question } from "../types.ts";
import type { Engine, ModelNames } from "./engine.ts";
import { openEngine } from "./kernels.ts";
import { lookAhead } from "./look-ahead.ts";
import type { Ahead } from "./look-ahead.ts";

/** The first message opens the model, every other one asks. */
export type Message = { id: number } & (
  { file: ArrayBuffer; names: ModelNames } | { question: Question }
);

let engine: Engine | undefined;
let asked = 0; // the number of the last question
let ahead: Iterator<Ahead>; // of the texts that may follow it
let isAhead = false; // whether a turn for that is to come

/** Answers one text ahead; a question that comes meanwhile is answered before the next one. */
function answerAhead(): void {
  const { done, value } = ahead.next();
  isAhead = !done;
  if (done) return;
  postMessage({ id: asked, ...value });
  setTimeout(answerAhead);
}

addEventListener("message", ({ data }: MessageEvent<Message>) => {
  const { id } = data;
  try {
    if ("file" in data) {
      engine = openEngine(new Uint8Array(data.file), data.names);
      postMessage({ id, answer: null });
    } else {
      postMessage({ id, answer: engine!.predict(data.question) });
      [asked, ahead] = [id, lookAhead(engine!, data.question)];
      if (!isAhead) setTimeout(answerAhead);
      isAhead = true;
    }
  } catch (error) {
    postMessage({ id, error: (error as Error).message });
  }
});
