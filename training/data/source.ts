// training/data/source: a piece of text to read, and which split it belongs to.

export interface TextSource {
  name: string; // for messages, e.g. a path
  file?: string; // its path within the folder that was named, with slashes
  bytes: number;
  encoding?: string; // a label of the Encoding Standard, @default utf-8
  open(): AsyncIterable<Uint8Array>;
}

export type Split = "train" | "valid" | "test";
export const SPLITS: Split[] = ["train", "valid", "test"];

/** Text that is already split, or text that the corpus splits itself. */
export type CorpusSources = (Record<Split, TextSource[]> | { whole: TextSource[] }) & {
  notices?: string[]; // what somebody should know: how it was split, and which files were left out
  missing?: string[]; // files that were to be left out and are not there
};

/** What a source is called in a manifest, and where a model's figures are told by file. */
export function nameSource({ file, name }: TextSource): string {
  return file ?? name;
}

/** All of a corpus's sources. */
export function allSources(sources: CorpusSources): TextSource[] {
  return "whole" in sources ? sources.whole : SPLITS.flatMap((split) => sources[split]);
}
