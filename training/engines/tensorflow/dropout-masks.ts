// training/engines/tensorflow/dropout-masks: the dropout masks of a step, drawn where they are used: a medium step's
// are 5 MB. TensorFlow's generator is Philox 4×32-10 too, but one operation counts straight on, where the wasm engine's
// counters jump from token to token: other numbers, equally random, and the same again after a resumed run.
//
// B batch, T time steps, H hidden size.

import type { Handle } from "./library.ts";
import type { Operations } from "./operations.ts";

const PHILOX = 1; // the generator's number among TensorFlow's
const TF_UINT64 = 23; // the binding does not name it

export interface MaskOptions {
  sites: number; // the embeddings and each layer's output
  shape: [T: number, B: number, H: number]; // T is 1 where all time steps share a mask
  keepProbability: number;
  seed: number;
}

/** Another source of a step's masks, of that shape for each site: another engine's, to compare with it. */
export type MaskSource = (step: number) => Float32Array[];

export class DropoutMasks {
  readonly #operations: Operations;
  readonly #options: MaskOptions;
  readonly #source: MaskSource | undefined;

  constructor(operations: Operations, options: MaskOptions, source?: MaskSource) {
    this.#operations = operations;
    this.#options = options;
    this.#source = source;
  }

  /** A mask for each site, of 0 or 1 ÷ keepProbability; none if all is kept. */
  draw(step: number): Handle[] {
    const { sites, shape, keepProbability } = this.#options;
    const operations = this.#operations;
    if (this.#source) return this.#source(step).map((mask) => operations.floats(shape, mask));
    if (keepProbability === 1) return [];
    const isKept = operations.run("Less", [
      this.#drawUniform(step),
      operations.constant(keepProbability),
    ]);
    const [kept, dropped] = [operations.constant(1 / keepProbability), operations.constant(0)];
    const masks = operations.run("SelectV2", [isKept, kept, dropped]);
    return operations.runAll(
      "Unpack",
      [masks],
      [operations.int("num", sites), operations.type("T")],
      sites,
    );
  }

  /** Numbers from 0 to 1, [sites, T, B, H]; the counter's third word is the step. */
  #drawUniform(step: number): Handle {
    const operations = this.#operations;
    const { sites, shape, seed } = this.#options;
    return operations.run(
      "StatelessRandomUniformV2",
      [
        operations.ints([4], Int32Array.of(sites, ...shape)),
        this.#unsigned64([seed, 0]),
        this.#unsigned64([0, 0, step, 0]),
        operations.ints([], Int32Array.of(PHILOX)),
      ],
      [operations.type("dtype"), operations.type("Tshape", operations.binding.TF_INT32)],
    );
  }

  /** @param words 32 bits each, a number's low ones first */
  #unsigned64(words: number[]): Handle {
    const operations = this.#operations;
    const { TF_INT64 } = operations.binding;
    const signed = operations.longs([words.length / 2], Int32Array.from(words));
    return operations.run(
      "Bitcast",
      [signed],
      [operations.type("T", TF_INT64), operations.type("type", TF_UINT64)],
    );
  }
}
