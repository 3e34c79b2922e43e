// training/data/hold-out: which blocks of a text train a model, which choose its best epoch (valid) and which test it: by a hash of
// what stands in them, so that a text that grows, or was saved with other line ends, is split as before.
//
// A block that repeats what the training text says would flatter the model: it is trained on instead, as is then any block
// that repeats that one. A longer text can only add to what is trained on, never hold out what an earlier model has seen.

import type { BlockTable } from "./blocks.ts";
import { clusterBlocks, REPEATED_SHARE } from "./cluster-blocks.ts";
import type { Split } from "./source.ts";

/** Tokens of a text that belong to one split. */
export interface Span {
  split: Split;
  begin: number;
  end: number; // exclusive
}

export interface HeldOut {
  spans: Span[]; // in order, from the first token to the last
  repeats: number; // blocks that were trained on, not held out, because they repeat training text
  isRepetitive: boolean; // nothing could be held out that the training text does not say too
}

const SHARE = 0.05; // of the text, for each of valid and test
const MIN_SHARE = 0.03; // below this more is held out, by rank
const MIN_TRAIN_SHARE = 0.5;
const MIN_BLOCKS = 5; // of fewer, the ends are cut off

/** Splits a text by its blocks. */
export function holdOut(table: BlockTable): HeldOut {
  if (table.blocks.length < MIN_BLOCKS) return cutOffEnds(table);
  const splits: Split[] = table.blocks.map(({ hash }) => splitByHash(hash));
  const repeats = moveRepeats(table, splits, "train") + moveRepeats(table, splits, "valid");
  if (isEnough(table, splits)) return finish(table, splits, { repeats });
  const clusters = clusterBlocks(table);
  const byCluster = splitByRank(table, clusters);
  const blocks = table.blocks.length;
  if (isEnough(table, byCluster)) {
    return finish(table, byCluster, { repeats: blocks - clusters.length });
  }
  const alone = Array.from(table.blocks.keys(), (block) => [block]);
  return finish(table, splitByRank(table, alone), { isRepetitive: clusters.length < blocks });
}

function splitByHash(hash: number): Split {
  const place = hash / 2 ** 32;
  return place < SHARE ? "test" : place < 2 * SHARE ? "valid" : "train";
}

/** Of a text too small for blocks the last tenth tests, and the tenth before it is for validation. */
function cutOffEnds({ tokens }: BlockTable): HeldOut {
  const tenth = Math.floor(2 * SHARE * tokens);
  const spans: Span[] = [
    { split: "train", begin: 0, end: tokens - 2 * tenth },
    { split: "valid", begin: tokens - 2 * tenth, end: tokens - tenth },
    { split: "test", begin: tokens - tenth, end: tokens },
  ];
  return { spans, repeats: 0, isRepetitive: false };
}

/** Gives to `into` the blocks held out beyond it that repeat its text, and those that repeat these; returns how many. */
function moveRepeats(table: BlockTable, splits: Split[], into: "train" | "valid"): number {
  const heldOut = Array.from(splits.keys()).filter((block) =>
    into === "train" ? splits[block] !== "train" : splits[block] === "test",
  );
  const isKnown = new Map<number, boolean>(); // shingles of what is held out: whether `into` has them
  for (const block of heldOut) for (const hash of table.samplesOf(block)) isKnown.set(hash, false);
  splits.forEach((split, block) => {
    if (split !== into) return;
    for (const hash of table.samplesOf(block)) if (isKnown.has(hash)) isKnown.set(hash, true);
  });
  let moved = 0;
  for (let hasMoved = true; hasMoved;) {
    hasMoved = false;
    for (const block of heldOut) {
      if (splits[block] === into) continue;
      const samples = table.samplesOf(block);
      if (!isRepeated(samples, (hash) => isKnown.get(hash)!)) continue;
      splits[block] = into;
      for (const hash of samples) isKnown.set(hash, true);
      hasMoved = true;
      moved++;
    }
  }
  return moved;
}

function isRepeated(samples: Uint32Array, isKnown: (hash: number) => boolean): boolean {
  let known = 0;
  for (const hash of samples) if (isKnown(hash)) known++;
  return known > 0 && known >= REPEATED_SHARE * samples.length;
}

/** The clusters with the lowest hashes are held out, up to that share of the text for each split. */
function splitByRank(table: BlockTable, clusters: number[][]): Split[] {
  const splits: Split[] = table.blocks.map(() => "train");
  const hashOf = (cluster: number[]) =>
    cluster.reduce((lowest, block) => Math.min(lowest, table.blocks[block]!.hash), Infinity);
  const ranked = clusters
    .map((cluster) => ({ cluster, hash: hashOf(cluster), tokens: sumTokens(table, cluster) }))
    .filter(({ cluster, tokens }) => cluster.length === 1 || tokens <= 2 * SHARE * table.tokens)
    .sort((a, b) => a.hash - b.hash);
  const held = { test: 0, valid: 0 };
  for (const { cluster, tokens } of ranked) {
    const split = held.test < SHARE * table.tokens ? "test" : "valid";
    if (held[split] >= SHARE * table.tokens) break;
    for (const block of cluster) splits[block] = split;
    held[split] += tokens;
  }
  return splits;
}

function sumTokens(table: BlockTable, blocks: number[]): number {
  return blocks.reduce((sum, block) => sum + table.endOf(block) - table.blocks[block]!.begin, 0);
}

function isEnough(table: BlockTable, splits: Split[]): boolean {
  const tokens = { train: 0, valid: 0, test: 0 };
  splits.forEach((split, block) => {
    tokens[split] += table.endOf(block) - table.blocks[block]!.begin;
  });
  const [least, mostly] = [MIN_SHARE * table.tokens, MIN_TRAIN_SHARE * table.tokens];
  return tokens.valid >= least && tokens.test >= least && tokens.train >= mostly;
}

function finish(table: BlockTable, splits: Split[], about: Partial<HeldOut>): HeldOut {
  const spans: Span[] = [];
  splits.forEach((split, block) => {
    const last = spans.at(-1);
    if (last?.split === split) last.end = table.endOf(block);
    else spans.push({ split, begin: table.blocks[block]!.begin, end: table.endOf(block) });
  });
  return { spans, repeats: 0, isRepetitive: false, ...about };
}
