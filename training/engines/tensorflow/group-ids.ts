// training/engines/tensorflow/group-ids: which different ids a batch holds, and which of them stands at each place.

/**
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
