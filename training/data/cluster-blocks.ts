// training/data/cluster-blocks: groups blocks that repeat one another, word for word or nearly, so that none is trained on while its
// like is held out.

import type { BlockTable } from "./blocks.ts";

/** A block repeats another that has this share of its shingles. */
export const REPEATED_SHARE = 0.25;

const MAX_SAMPLES = 4_000_000; // a text of more is not clustered: it is large enough without

/** Clusters of blocks, each in order; a block without its like is a cluster of its own. */
export function clusterBlocks(table: BlockTable): number[][] {
  const parents = Int32Array.from(table.blocks.keys()); // union-find
  const rootOf = (block: number): number => {
    while (parents[block] !== block) block = parents[block] = parents[parents[block]!]!;
    return block;
  };
  const firstBlock = new Map<number, number>(); // of each shingle
  if (table.sampleCount <= MAX_SAMPLES) {
    for (const block of table.blocks.keys()) {
      const samples = table.samplesOf(block);
      for (const other of findLike(table, samples, firstBlock)) {
        parents[rootOf(block)] = rootOf(other);
      }
      for (const hash of samples) if (!firstBlock.has(hash)) firstBlock.set(hash, block);
    }
  }
  const clusters = new Map<number, number[]>();
  for (const block of table.blocks.keys()) {
    const root = rootOf(block);
    const cluster = clusters.get(root);
    if (cluster) cluster.push(block);
    else clusters.set(root, [block]);
  }
  return [...clusters.values()];
}

/** The earlier blocks that share enough with these shingles. */
function findLike(
  table: BlockTable,
  samples: Uint32Array,
  firstBlock: Map<number, number>,
): number[] {
  const shared = new Map<number, number>();
  for (const hash of samples) {
    const other = firstBlock.get(hash);
    if (other !== undefined) shared.set(other, (shared.get(other) ?? 0) + 1);
  }
  return [...shared].flatMap(([other, count]) => {
    const size = Math.min(samples.length, table.samplesOf(other).length);
    return count >= REPEATED_SHARE * size ? [other] : [];
  });
}
