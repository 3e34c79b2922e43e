// inference/slot-memory: where the weights of an edge file and the slots of a batch lie in WebAssembly memory, as typed views, and
// the product of a matrix of int8 rows with what lies in some slots.
//
// L layers, H hidden size, V vocabulary size; K, P, W as in model/edge-file.

import { edgeSizes } from "#model/edge-file";
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
  q: number; // [count, K]
  steps: number; // f32 [count]
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
  protected readonly sizes: { K: number; P: number; W: number };
  protected readonly embedding: number;
  protected readonly embeddingScales: Float32Array; // [W]
  protected readonly layers: { input: Rows; recurrent: Rows; bias: number }[];
  protected readonly softmax: Rows & { bias: number };

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
    this.sizes = edgeSizes(config);

    const at = (name: string) => addressOf(placement, name);
    const rowsAt = (name: string, weights = name) => ({
      weight: at(`${weights}.weight`),
      scale: at(`${weights}.scale`),
      offset: at(`${name}.offset`),
    });
    this.embedding = at("embedding.weight");
    this.embeddingScales = this.floats(at("embedding.scale"), this.sizes.W);
    this.layers = Array.from({ length: config.layers }, (_, layer) => ({
      input: rowsAt(`lstm.${layer}.input`),
      recurrent: rowsAt(`lstm.${layer}.recurrent`),
      bias: at(`lstm.${layer}.bias`),
    }));
    this.softmax = {
      ...rowsAt("softmax", config.tied ? "embedding" : "softmax"),
      bias: at("softmax.bias"),
    };
  }

  protected scoresOf(slot: number): number {
    return this.plan.scores + slot * 4 * this.sizes.W;
  }

  protected outputOf(layer: number): Activations {
    return { q: this.plan.outputs[layer]!, steps: this.plan.outputSteps };
  }

  /** out [count, rows] = start + weight · q, dequantised. */
  protected multiplyRows(
    out: number,
    { start, startStride }: { start: number; startStride: number },
    { weight, scale, offset }: Rows,
    { q, steps }: Activations,
    { count, rows }: { count: number; rows: number },
  ): void {
    const { K } = this.sizes;
    this.kernels.multiplyRows(
      out, start, startStride, weight, scale, offset, q, steps, count, rows, K, this.#hasNativeDot,
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
