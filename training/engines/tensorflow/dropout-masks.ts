// training/engines/tensorflow/dropout-masks: the dropout masks of a step, by TensorFlow's own Philox generator.

import type { Handle } from "./library.ts";
import type { Operations } from "./operations.ts";

const PHILOX = 1; // the generator's number among TensorFlow's
const TF_UINT64 = 23; // the binding does not name it

export interface MaskOptions {
  shape: number[]; // of a step's masks together, [L + 1, T, B, H]
  keepProbability: number;
  seed: number;
}

export class DropoutMasks {
  readonly #operations: Operations;
  readonly #options: MaskOptions;

  constructor(operations: Operations, options: MaskOptions) {
    this.#operations = operations;
    this.#options = options;
  }

  /** Masks for the embeddings and each layer's output, [T, B, H] each: 0 or 1 ÷ keepProbability. None if all is kept. */
  draw(step: number): Handle[] {
    const { shape, keepProbability, seed } = this.#options;
    if (keepProbability === 1) return [];
    const operations = this.#operations;
    const { TF_INT32 } = operations.binding;
    const uniform = operations.run(
      "StatelessRandomUniformV2",
      [
        operations.ints([shape.length], Int32Array.from(shape)),
        this.#unsigned64([seed, 0]),
        this.#unsigned64([0, 0, step, 0]),
        operations.ints([], Int32Array.of(PHILOX)),
      ],
      [operations.type("dtype"), operations.type("Tshape", TF_INT32)],
    );
    const isKept = operations.run("Less", [uniform, operations.scalar(keepProbability)]);
    const scale = operations.scalar(1 / keepProbability);
    const masks = operations.run("SelectV2", [isKept, scale, operations.scalar(0)]);
    const attributes = [operations.int("num", shape[0]!), operations.type("T")];
    return operations.runAll("Unpack", [masks], attributes, shape[0]!);
  }

  /** @param words 32 bits each, low ones first */
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
