// training/engines/tensorflow/network: the forward pass up to the softmax in TensorFlow's fused operations, to train and to
// score with.
//
// B batch, T time steps, H hidden size.

import type { LanguageModelConfig } from "#model/hyper-parameters";
import type { StepMasks } from "./dropout-masks.ts";
import type { Handle } from "./library.ts";
import type { Operations } from "./operations.ts";
import { HeldValues } from "./variables.ts";
import type { Variables } from "./variables.ts";

/** A layer's carried state, each [B, H]. */
export type LayerState = [cell: Handle, hidden: Handle];

/** What BlockLSTM read and made: all of it goes into its gradient again. */
export interface LayerPass {
  inputs: Handle[]; // T as int64, x [T, B, H], c and h [B, H], kernel, three peephole vectors, bias
  outputs: Handle[]; // i, cs, f, o, ci, co, h, each [T, B, H]
}

export interface ForwardPass {
  shape: { T: number; B: number };
  layers: LayerPass[];
  features: Handle; // [T·B, H], the last layer's output after dropout
  values: HeldValues; // of variables, to be freed before an update
}

const CELLS = 1; // places among BlockLSTM's outputs
const HIDDENS = 6;

/** The forward pass of the language model: embedding and BlockLSTM layers. */
export class Network {
  readonly #config: LanguageModelConfig;
  readonly #operations: Operations;
  readonly #variables: Variables;
  readonly #holdsEmbedding: boolean;
  readonly #noPeephole: Handle; // [H]
  readonly #lengths = new Map<number, Handle>(); // T as an int64 scalar

  /** @param holdsEmbedding whether a pass holds the embedding's value anyway: else its rows are read in place */
  constructor(
    operations: Operations,
    config: LanguageModelConfig,
    { variables, holdsEmbedding }: { variables: Variables; holdsEmbedding: boolean },
  ) {
    this.#config = config;
    this.#holdsEmbedding = holdsEmbedding;
    this.#operations = operations;
    this.#variables = variables;
    this.#noPeephole = operations.zeros([config.hiddenSize]);
  }

  /** States of zeros for B streams. */
  initialStates(B: number): LayerState[] {
    const { layers, hiddenSize: H } = this.#config;
    const zeros = () => this.#operations.zeros([B, H]);
    return Array.from({ length: layers }, () => [zeros(), zeros()]);
  }

  /**
   * @param ids word ids [T, B]
   * @param masks of a training step
   */
  forward(
    ids: Handle,
    shape: { T: number; B: number },
    states: LayerState[],
    masks: StepMasks,
  ): ForwardPass {
    const operations = this.#operations;
    const { hiddenSize: H } = this.#config;
    const { T, B } = shape;
    const values = new HeldValues(operations, this.#variables);
    const embedded = this.#holdsEmbedding
      ? this.#gather(values.get("embedding"), ids)
      : this.#variables.gather("embedding", ids);
    let x = operations.mask(embedded, masks.dropout[0]);
    const layers = states.map((state, layer) => {
      const kernel = operations.mask(values.get(`lstm.${layer}.kernel`), masks.recurrent[layer]);
      const bias = values.get(`lstm.${layer}.bias`);
      const pass = this.#runLayer(x, T, state, { kernel, bias });
      x = operations.mask(pass.outputs[HIDDENS]!, masks.dropout[layer + 1]);
      return pass;
    });
    return { shape, layers, features: operations.reshape(x, [T * B, H]), values };
  }

  /** The states after the pass's last time step, to be deleted by whoever asked for them. */
  lastStates({ layers, shape: { T } }: ForwardPass): LayerState[] {
    const operations = this.#operations;
    const bounds = [T - 1, T, 1].map((n) => operations.ints([1], Int32Array.of(n)));
    const attributes = [
      operations.type("T"),
      operations.type("Index", operations.binding.TF_INT32),
      operations.int("shrink_axis_mask", 1),
    ];
    const lastOf = (outputs: Handle) =>
      operations.keep(operations.run("StridedSlice", [outputs, ...bounds], attributes));
    return layers.map(({ outputs }) => [lastOf(outputs[CELLS]!), lastOf(outputs[HIDDENS]!)]);
  }

  close(): void {
    this.#operations.delete(this.#noPeephole, ...this.#lengths.values());
  }

  #runLayer(
    x: Handle,
    T: number,
    [cell, hidden]: LayerState,
    { kernel, bias }: { kernel: Handle; bias: Handle },
  ): LayerPass {
    const peepholes = [this.#noPeephole, this.#noPeephole, this.#noPeephole];
    const inputs = [this.#lengthOf(T), x, cell, hidden, kernel, ...peepholes, bias];
    const attributes = [
      this.#operations.type("T"),
      this.#operations.float("forget_bias", this.#config.forgetBias),
      this.#operations.float("cell_clip", 0), // its default would clip cells to ±3
      this.#operations.flag("use_peephole", false),
    ];
    return { inputs, outputs: this.#operations.runAll("BlockLSTM", inputs, attributes, 7) };
  }

  /**
   * BlockLSTM takes its length from the host's memory as an int64, which a tensor made here would not be on a GPU;
   * the operation Size makes one where it is wanted.
   */
  #lengthOf(T: number): Handle {
    let length = this.#lengths.get(T);
    if (length === undefined) {
      const { binding } = this.#operations;
      const vector = binding.createTensor([T], binding.TF_FLOAT, new Float32Array(T));
      const attributes = [
        this.#operations.type("T"),
        this.#operations.type("out_type", binding.TF_INT64),
      ];
      length = binding.executeOp("Size", attributes, [vector], 1)[0]!.id;
      binding.deleteTensor(vector);
      this.#lengths.set(T, length);
    }
    return length;
  }

  #gather(rows: Handle, ids: Handle): Handle {
    const axis = this.#operations.ints([], Int32Array.of(0));
    const { TF_INT32, TF_INT64 } = this.#operations.binding;
    return this.#operations.run(
      "GatherV2",
      [rows, ids, axis],
      [
        this.#operations.type("Tparams"),
        this.#operations.type("Tindices", TF_INT64),
        this.#operations.type("Taxis", TF_INT32),
      ],
    );
  }
}
