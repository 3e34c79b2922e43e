// client/local/worker: the engine in a Web Worker, so that no keystroke waits for it. Questions are answered in their order.

import type { Question } from "../types.ts";
import type { Engine, ModelNames } from "./engine.ts";
import { openEngine } from "./kernels.ts";

/** The first message opens the model, every other one asks. */
export type Message = { id: number } & (
  { file: ArrayBuffer; names: ModelNames } | { question: Question }
);

let engine: Engine | undefined;

addEventListener("message", ({ data }: MessageEvent<Message>) => {
  const { id } = data;
  try {
    if ("file" in data) {
      engine = openEngine(new Uint8Array(data.file), data.names);
      postMessage({ id, answer: null });
    } else {
      postMessage({ id, answer: engine!.predict(data.question) });
    }
  } catch (error) {
    postMessage({ id, error: (error as Error).message });
  }
});
