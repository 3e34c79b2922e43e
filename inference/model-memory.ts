// inference/model-memory: the memory of the edge's module, with an edge file in it. Where everything lies there is
// inference/memory-plan's; computes nothing.

import type { EdgeFileHeader } from "#model/edge-file";
import { FIRST_BYTE, planNetwork } from "./memory-plan.ts";
import type { MemoryPlan } from "./memory-plan.ts";

/** A memory made for one edge file, whose bytes are still to be written to `file`. */
export interface Placement {
  header: EdgeFileHeader;
  plan: MemoryPlan;
  memory: WebAssembly.Memory;
  file: Uint8Array;
}

/**
 * Makes the memory for the edge file that has such a header.
 *
 * @example
 * const placement = placeEdgeFile(readEdgeHeader(file));
 * placement.file.set(file);
 */
export function placeEdgeFile(header: EdgeFileHeader): Placement {
  const plan = planNetwork(header);
  const memory = new WebAssembly.Memory({ initial: plan.pages, maximum: plan.pages });
  const file = new Uint8Array(memory.buffer, FIRST_BYTE, header.fileBytes);
  return { header, plan, memory, file };
}

/**
 * Where a tensor of the file begins in memory.
 *
 * @example
 * addressOf(placement, "softmax.bias"); // in bytes
 */
export function addressOf({ header }: Placement, name: string): number {
  return FIRST_BYTE + header.tensors.get(name)!.begin;
}
