// kernels/edge-memory: the memory of the edge's module, with an edge file in it. Where everything lies there is
// model/memory-plan's; computes nothing.

import { readEdgeHeader } from "#model/edge-file";
import type { EdgeFileHeader } from "#model/edge-file";
import { FIRST_BYTE, planNetwork } from "#model/memory-plan";
import type { MemoryPlan } from "#model/memory-plan";

export { LANES, MAX_CHOICES } from "#model/memory-plan";
export type { MemoryPlan } from "#model/memory-plan";

/** A memory made for one edge file, whose bytes are still to be written to `file`. */
export interface Placement {
  header: EdgeFileHeader;
  plan: MemoryPlan;
  memory: WebAssembly.Memory;
  file: Uint8Array;
}

/** Makes the memory for an edge file from its first bytes, those of the header. */
export function placeEdgeFile(start: Uint8Array): Placement {
  return placeByHeader(readEdgeHeader(start));
}

/** The same, from the header as it was read. */
export function placeByHeader(header: EdgeFileHeader): Placement {
  const plan = planNetwork(header);
  const memory = new WebAssembly.Memory({ initial: plan.pages, maximum: plan.pages });
  const file = new Uint8Array(memory.buffer, FIRST_BYTE, header.fileBytes);
  return { header, plan, memory, file };
}

/** Where a tensor of the file begins in memory. */
export function addressOf({ header }: Placement, name: string): number {
  return FIRST_BYTE + header.tensors.get(name)!.begin;
}
