// inference/slot-memory: where the weights of an edge file and the slots of a batch lie in WebAssembly memory, as typed views, and
// the product of a matrix of int8 rows with what lies in some slots.
//
// L layers, H hidden size, V vocabulary size; K, P, W, C, R as in model/edge-tensors.

import { bandsOfFile, edgeSizes } from "#model/edge-tensors";
import type { LanguageModelConfig } from "#model/hyper-parameters";
import { MAX_BATCH } from "./memory-plan.ts";
import type { MemoryPlan } from "./memory-plan.ts";
import { instantiateEdgeKernels } from "#kernels/edge-kernels";
import type { EdgeKernels } from "#kernels/edge-kernels";
import { addressOf } from "./model-memory.ts";
import type { Placement } from "./model-memory.ts";

/** The dequantisation scale of a layer's output in 7 bits. */
export const OUTPUT_SCALE = Math.fround(1 / 63);

/** Where a matrix of int8 rows and what belongs to it begin in memory. */
export interface Rows {
  weight: number;
  scale: number;
  offset: number;
}

/** Where the 7-bit inputs of some slots begin, and their scales. */
export interface Activations {
  q: number; // [count, width]
  steps: number; // f32 [count]
  width: number; // K or R
}

/** Words whose rows have the same rank, and where what belongs to them begins in memory: the head, or a band. */
export interface WordBand {
  begin: number; // ids
  end: number;
  width: number; // bytes of a row: K of the head, R of a band
  embedding: number; // [end − begin, width], its words as inputs
  gates: Rows; // [4P, width], what the first layer makes of these
  projection: Rows | null; // [R, K], of a band: what its logits take of the last layer's output
  logits: Rows & { bias: number }; // [end − begin, width]
}

/** Where the products of some slots go, and what is added to them. */
export interface Sums {
  out: number; // f32 [count, …]
  outStride: number; // bytes
  start: number; // f32 [count, …], or one for all slots where its stride is 0
  startStride: number;
}

/**
 * The memory that a network's slots lie in.
 *
 * @example
 * class OwnSlots extends SlotMemory {}
 * new OwnSlots(module, placement);
 */
export class SlotMemory {
  protected readonly config: LanguageModelConfig;
  protected readonly kernels: EdgeKernels;
  readonly #memory: ArrayBuffer;
  protected readonly plan: MemoryPlan;
  readonly #hasNativeDot: boolean;
  protected readonly sizes: ReturnType<typeof edgeSizes>;
  protected readonly embeddingScales: Float32Array; // [W]
  protected readonly layers: { input: Rows; recurrent: Rows; bias: number }[];
  protected readonly bands: WordBand[]; // the head first

  /** The placement's file is whole by now. */
  constructor(module: WebAssembly.Module, placement: Placement) {
    const { header, plan, memory } = placement;
    const { config } = header.metadata;
    this.config = config;
    this.kernels = instantiateEdgeKernels(module, memory);
    this.#memory = memory.buffer;
    this.plan = plan;
    this.#hasNativeDot = this.kernels.hasNativeDot();
    this.floats(plan.outputSteps, MAX_BATCH).fill(OUTPUT_SCALE);
    this.sizes = edgeSizes(header.metadata);

    const at = (name: string) => addressOf(placement, name);
    const rowsAt = (name: string, weights = name) => ({
      weight: at(`${weights}.weight`),
      scale: at(`${weights}.scale`),
      offset: at(`${name}.offset`),
    });
    this.embeddingScales = this.floats(at("embedding.scale"), this.sizes.W);
    this.layers = Array.from({ length: config.layers }, (_, layer) => ({
      input: rowsAt(`lstm.${layer}.input`),
      recurrent: rowsAt(`lstm.${layer}.recurrent`),
      bias: at(`lstm.${layer}.bias`),
    }));
    const softmax = rowsAt("softmax", config.tied ? "embedding" : "softmax");
    const head: WordBand = {
      begin: 0,
      end: this.sizes.C,
      width: this.sizes.K,
      embedding: at("embedding.weight"),
      gates: this.layers[0]!.input,
      projection: null,
      logits: { ...softmax, bias: at("softmax.bias") },
    };
    const bands = bandsOfFile(header.metadata).map(({ begin, end, rank }, index): WordBand => {
      const weight = at(`embedding.band.${index}.weight`);
      return {
        begin,
        end,
        width: rank,
        embedding: weight,
        gates: rowsAt(`lstm.0.band.${index}`),
        projection: rowsAt(`embedding.projection.${index}`),
        logits: {
          weight,
          scale: softmax.scale + 4 * begin,
          offset: softmax.offset + 4 * begin,
          bias: head.logits.bias + 4 * begin,
        },
      };
    });
    this.bands = [head, ...bands];
  }

  /** @throws where no word has that id */
  protected bandOf(id: number): WordBand {
    if (!(id >= 0 && id < this.config.vocabularySize)) throw new Error(`no word has the id ${id}`);
    return this.bands.find(({ end }) => id < end)!;
  }

  protected scoresOf(slot: number): number {
    return this.plan.scores + slot * 4 * this.sizes.W;
  }

  protected outputOf(layer: number): Activations {
    const { outputs, outputSteps } = this.plan;
    return { q: outputs[layer]!, steps: outputSteps, width: this.sizes.K };
  }

  /** out [count, rows] = start + weight · q, dequantised. */
  protected multiplyRows(
    { out, outStride, start, startStride }: Sums,
    { weight, scale, offset }: Rows,
    { q, steps, width }: Activations,
    { count, rows }: { count: number; rows: number },
  ): void {
    this.kernels.multiplyRows(
      out, outStride, start, startStride, weight, scale, offset, q, steps, count, rows, width, this.#hasNativeDot,
    ); // prettier-ignore
  }

  protected floats(address: number, length: number): Float32Array {
    return new Float32Array(this.#memory, address, length);
  }

  protected ints(address: number, length: number): Int32Array {
    return new Int32Array(this.#memory, address, length);
  }

  protected bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory, address, length);
  }
}
