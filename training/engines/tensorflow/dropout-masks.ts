// training/engines/tensorflow/dropout-masks: the dropout and weight-drop masks of a step, drawn on the device: a medium
// step's are 5 MB. The generator is Philox 4×32-10 as in the wasm engine, but its counter runs straight on instead of
// by token: different masks, and the same again after a resume.
//
// B batch, T time steps, H hidden size, L layers.

import type { EngineOptions } from "../engine.ts";
import type { Handle } from "./library.ts";
import type { Operations } from "./operations.ts";

const PHILOX = 1; // the generator's number among TensorFlow's
const TF_UINT64 = 23; // the binding does not name it

export interface MaskOptions {
  sites: number; // how many masks
  shape: number[]; // of each
  keepProb: number;
  seed: number;
  stream: number; // keeps masks for different uses apart
}

/** A step's masks; elements are 0 or 1 / keepProb. */
export interface StepMasks {
  dropout: Handle[]; // [T, B, H], or [1, B, H] if locked, for the embeddings and each layer's output; none without dropout
  recurrent: Handle[]; // [2H, 4H], 1 in the input's rows, for each layer's kernel; none without weight-drop
}

/** Masks from elsewhere in place of TensorFlow's. */
export interface MaskSources {
  dropout?: MaskSource;
  recurrent?: MaskSource; // [H, 4H] for each layer
}

/** A step's masks from elsewhere, one for each site: those of another engine, to compare with it. */
export type MaskSource = (step: number) => Float32Array[];

/** Draws dropout's and weight-drop's masks for a model. */
export class MaskDrawer {
  readonly #operations: Operations;
  readonly #hiddenSize: number;
  readonly #dropout: RandomMasks;
  readonly #recurrent: RandomMasks;

  constructor(
    operations: Operations,
    { model, training }: Pick<EngineOptions, "model" | "training">,
    sources: MaskSources,
  ) {
    const { hiddenSize: H, layers: L } = model;
    const { numSteps: T, batchSize: B, keepProb, lockedDropout, seed } = training;
    const dropout = { sites: L + 1, shape: [lockedDropout ? 1 : T, B, H], keepProb };
    const recurrent = {
      sites: L,
      shape: [H, 4 * H],
      keepProb: training.recurrentKeepProb,
    };
    this.#operations = operations;
    this.#hiddenSize = H;
    this.#dropout = new RandomMasks(operations, { ...dropout, seed, stream: 0 }, sources.dropout);
    this.#recurrent = new RandomMasks(
      operations,
      { ...recurrent, seed, stream: 1 },
      sources.recurrent,
    );
  }

  draw(step: number): StepMasks {
    return {
      dropout: this.#dropout.draw(step),
      recurrent: this.#recurrent.draw(step).map((mask) => this.#belowOnes(mask, this.#hiddenSize)),
    };
  }

  /** The mask of a whole kernel [2H, 4H]: ones for the input's rows, before those of the previous output. */
  #belowOnes(mask: Handle, H: number): Handle {
    const operations = this.#operations;
    const paddings = operations.ints([2, 2], Int32Array.of(H, 0, 0, 0));
    return operations.run(
      "PadV2",
      [mask, paddings, operations.constant(1)],
      [operations.type("T"), operations.type("Tpaddings", operations.binding.TF_INT32)],
    );
  }
}

/** Draws masks of one kind: `sites` of them, of one shape. */
export class RandomMasks {
  readonly #operations: Operations;
  readonly #options: MaskOptions;
  readonly #source: MaskSource | undefined;

  constructor(operations: Operations, options: MaskOptions, source?: MaskSource) {
    this.#operations = operations;
    this.#options = options;
    this.#source = source;
  }

  /** A mask for each site; none where keepProb is 1. */
  draw(step: number): Handle[] {
    const { sites, shape, keepProb } = this.#options;
    const operations = this.#operations;
    if (this.#source) return this.#source(step).map((mask) => operations.floats(shape, mask));
    if (keepProb === 1) return [];
    const isKept = operations.run("Less", [this.#drawUniform(step), operations.constant(keepProb)]);
    const [kept, dropped] = [operations.constant(1 / keepProb), operations.constant(0)];
    const masks = operations.run("SelectV2", [isKept, kept, dropped]);
    return operations.runAll(
      "Unpack",
      [masks],
      [operations.int("num", sites), operations.type("T")],
      sites,
    );
  }

  /** Numbers from 0 to 1, [sites, …shape]; the counter's last words are the step and the stream. */
  #drawUniform(step: number): Handle {
    const operations = this.#operations;
    const { sites, shape, seed, stream } = this.#options;
    return operations.run(
      "StatelessRandomUniformV2",
      [
        operations.ints([1 + shape.length], Int32Array.of(sites, ...shape)),
        this.#unsigned64([seed, 0]),
        this.#unsigned64([0, 0, step, stream]),
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
