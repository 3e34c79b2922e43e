// kernels/edge-memory: where everything lies in the memory of the edge's module. Computes nothing.
//
// The plan is fixed and the memory never grows:
//
//   0         the module's own constants
//   64 KiB    the edge file as it is (model/edge-file)
//   …         scratch, each part at a multiple of 64 bytes
//
// L layers; K, P, W as in model/edge-file.

import { edgeSizes, readEdgeHeader } from "#model/edge-file";
import type { EdgeFileHeader } from "#model/edge-file";

const PAGE_BYTES = 65_536;
const FILE_BEGIN = PAGE_BYTES;
/** How many words one call may choose. */
export const MAX_CHOICES = 256;
/** How many sequences may go through the network together. */
export const LANES = 8;

export interface MemoryPlan {
  embedded: number; // [LANES, K], words as 7-bit inputs
  embeddedSteps: number; // f32 [LANES], what 1 of those is worth
  outputSteps: number; // f32 [LANES], what 1 of a layer's output is worth: all the same
  outputs: number[]; // L × [LANES, K], each layer's outputs in 7 bits
  cells: number[]; // L × f32 [LANES, P], c
  hiddens: number[]; // L × f32 [LANES, K], h, zero from H on
  gates: number; // f32 [LANES, 4, P]
  scores: number; // f32 [LANES, W], logits or probabilities
  ids: number; // i32 [W], the rows to gather
  offered: number; // u8 [W], 1 for words that may be chosen
  gathered: number; // u8 [W], the same for gathered rows
  chosen: number; // i32 [MAX_CHOICES]
  pages: number; // of the whole memory
}

/** A memory made for one edge file, whose bytes are still to be written to `file`. */
export interface Placement {
  header: EdgeFileHeader;
  plan: MemoryPlan;
  memory: WebAssembly.Memory;
  file: Uint8Array;
}

/** Makes the memory for an edge file from its first bytes, those of the header. */
export function placeEdgeFile(start: Uint8Array): Placement {
  const header = readEdgeHeader(start);
  const plan = planMemory(header);
  const memory = new WebAssembly.Memory({ initial: plan.pages, maximum: plan.pages });
  const file = new Uint8Array(memory.buffer, FILE_BEGIN, header.fileBytes);
  return { header, plan, memory, file };
}

/** Where a tensor of the file begins in memory. */
export function addressOf({ header }: Placement, name: string): number {
  return FILE_BEGIN + header.tensors.get(name)!.begin;
}

function planMemory({ metadata, fileBytes }: EdgeFileHeader): MemoryPlan {
  const { K, P, W } = edgeSizes(metadata.config);
  let end = FILE_BEGIN + fileBytes;
  const take = (bytes: number) => {
    const begin = Math.ceil(end / 64) * 64;
    end = begin + bytes;
    return begin;
  };
  const perLayer = (bytes: number) =>
    Array.from({ length: metadata.config.layers }, () => take(bytes));
  const parts = {
    embedded: take(LANES * K),
    embeddedSteps: take(4 * LANES),
    outputSteps: take(4 * LANES),
    outputs: perLayer(LANES * K),
    cells: perLayer(LANES * 4 * P),
    hiddens: perLayer(LANES * 4 * K),
    gates: take(LANES * 4 * 4 * P),
    scores: take(LANES * 4 * W),
    ids: take(4 * W),
    offered: take(W),
    gathered: take(W),
    chosen: take(4 * MAX_CHOICES),
  };
  return { ...parts, pages: Math.ceil(end / PAGE_BYTES) };
}
