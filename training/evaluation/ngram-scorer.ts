// training/evaluation/ngram-scorer: scores text with n-grams alone, the model that a network has to beat. It scores like one, so
// that the same evaluation measures both.
//
// N words.

import { visitFollowers } from "#inference/ngram";
import type { NgramModel } from "#inference/ngram";
import type { Scorer } from "./scoring.ts";

const TOKENS_PER_CALL = 64;

export class NgramScorer implements Scorer {
  readonly scoreLength = TOKENS_PER_CALL;
  readonly #model: NgramModel;
  readonly #rows: Float32Array; // [TOKENS_PER_CALL, N]
  readonly #logBase: Float64Array; // [N]
  readonly #row: Float64Array; // [N]
  #last: number[] = [];

  constructor(model: NgramModel) {
    this.#model = model;
    this.#rows = new Float32Array(TOKENS_PER_CALL * model.base.length);
    this.#row = new Float64Array(model.base.length);
    this.#logBase = Float64Array.from(model.base, Math.log);
  }

  resetScoringState(): void {
    this.#last = [];
  }

  score(ids: Int32Array): Promise<Float32Array> {
    const N = this.#model.base.length;
    ids.forEach((id, index) => {
      this.#last = [...this.#last, id].slice(-(this.#model.order - 1));
      this.#scoreNext(this.#rows.subarray(index * N, (index + 1) * N));
    });
    return Promise.resolve(this.#rows.subarray(0, ids.length * N));
  }

  /** Logarithms of all probabilities, taken one by one only where a context was seen with the word. */
  #scoreNext(out: Float32Array): void {
    const { base } = this.#model;
    const { baseScale, followers } = this.#model.lookUp(this.#last);
    const logScale = Math.log(baseScale);
    for (let id = 0; id < out.length; id++) out[id] = this.#logBase[id]! + logScale;
    const seen = new Set<number>();
    for (const one of followers) {
      visitFollowers(one, (id, share) => {
        if (!seen.has(id)) this.#row[id] = baseScale * base[id]!;
        seen.add(id);
        this.#row[id] = this.#row[id]! + share;
      });
    }
    for (const id of seen) out[id] = Math.log(this.#row[id]!);
  }
}
