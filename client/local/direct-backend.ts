// client/local/direct-backend: a model that is called where it is, as what answers a session.

import type { Backend, Predictions, Question } from "../types.ts";
import type { Engine } from "./engine.ts";

/**
 * An engine that is called directly: in Node, in a Worker, in tests.
 *
 * @example
 * const session = new Session(new DirectBackend(openEngine(file, { model: "default", version: "1" })));
 */
export class DirectBackend implements Backend {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async predict({ signal, ...question }: Question): Promise<Predictions> {
    signal?.throwIfAborted();
    return this.#engine.predict(question);
  }

  close(): void {}

  async delete(): Promise<void> {}
}
