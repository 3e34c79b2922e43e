// training/engines/tensorflow/device-batch: a step's batch, copied to the device before the step begins: a copy to a GPU
// waits for all operations issued before it.
//
// B batch, T time steps.

import type { Handle } from "./library.ts";
import type { Operations } from "./operations.ts";

export interface DeviceBatch {
  inputs: Handle; // ids [T, B]
  targets: Handle; // ids [T·B]
  groups: Handle; // [T·B], which of the different input ids stands there
  groupIds: Handle; // [n, 1], those ids
  groupCount: number; // n
}

export function uploadBatch(
  operations: Operations,
  inputs: Int32Array,
  targets: Int32Array,
  { T, B }: { T: number; B: number },
): DeviceBatch {
  const { ids, groups } = groupIds(inputs);
  return {
    inputs: operations.ids([T, B], inputs),
    targets: operations.ids([T * B], targets),
    groups: operations.ids([T * B], groups),
    groupIds: operations.ids([ids.length, 1], ids),
    groupCount: ids.length,
  };
}

/**
 * Which different ids there are, and which of them stands at each place.
 * @example groupIds(Int32Array.of(7, 3, 7)) // { ids: [7, 3], groups: [0, 1, 0] }
 */
export function groupIds(ids: Int32Array): { ids: Int32Array; groups: Int32Array } {
  const groupOf = new Map<number, number>();
  const groups = ids.map((id) => {
    let group = groupOf.get(id);
    if (group === undefined) groupOf.set(id, (group = groupOf.size));
    return group;
  });
  return { ids: Int32Array.from(groupOf.keys()), groups };
}
