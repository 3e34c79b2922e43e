// training/data/split-names: whether the files of a folder say by their names which split they are: `train.txt`, `Valid.txt`,
// `ptb.test.txt`, or all files in a sub-folder `dev`. Only whole names count: a diary called `my-training-plan.md` is text.

import { SPLITS } from "./source.ts";
import type { Split, TextSource } from "./source.ts";

const NAMES: Record<string, Split> = {
  train: "train",
  valid: "valid",
  validation: "valid",
  val: "valid",
  dev: "valid",
  test: "test",
};

export interface NamedSplits {
  splits: Record<Split, TextSource[]>;
  notice: string; // which files these are, and which are left out
}

/**
 * The splits that files name, or null where none are named.
 * @throws where training text and held-out text are named, but not all three splits, or one of them twice
 */
export function findNamedSplits(corpus: string, files: TextSource[]): NamedSplits | null {
  const splits: Record<Split, TextSource[]> = { train: [], valid: [], test: [] };
  const groups: Record<Split, Set<string>> = {
    train: new Set(),
    valid: new Set(),
    test: new Set(),
  };
  const others: string[] = [];
  for (const source of files) {
    const named = splitOf(source.file!);
    if (!named) {
      others.push(source.file!);
      continue;
    }
    splits[named.split].push(source);
    groups[named.split].add(named.group);
  }
  const present = SPLITS.filter((split) => splits[split].length > 0);
  if (!present.includes("train") || present.length === 1) return null;
  const missing = SPLITS.filter((split) => !present.includes(split));
  if (missing.length > 0) {
    throw new Error(
      `corpus folder "${corpus}" has files named ${present.join(" and ")} but none named ${missing.join(" or ")}: ` +
        `add one (valid may be called val or dev), or rename them so that held-out text is chosen from all files`,
    );
  }
  const twice = SPLITS.find((split) => groups[split].size > 1);
  if (twice) {
    throw new Error(
      `corpus folder "${corpus}" names its ${twice} split more than once: ${[...groups[twice]].join(", ")}; keep one`,
    );
  }
  const names = SPLITS.map((split) => [...groups[split]][0]!).join(", ");
  const leftOut = others.length > 0 ? `; left out: ${others.join(", ")}` : "";
  return { splits, notice: `split by the files' names: ${names}${leftOut}` };
}

/** The split that a path names, and by which file or folder. */
function splitOf(file: string): { split: Split; group: string } | undefined {
  const [first, ...rest] = file.split("/") as [string, ...string[]];
  if (rest.length > 0) {
    const split = NAMES[first.toLowerCase()];
    return split && { split, group: `${first}/` };
  }
  const parts = first.toLowerCase().split("."); // ptb.train.txt: the last part before the ending
  const stem = parts.length > 1 ? parts.at(-2)! : parts[0]!;
  const split = NAMES[stem];
  return split && { split, group: first };
}
