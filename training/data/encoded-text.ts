// training/data/encoded-text: a text as word ids, which of its tokens are of which file, and where its sentences end.

/** Tokens of one file that stand together; they begin where the part before ends. A file may have several parts. */
export interface DocumentPart {
  file: string; // as the corpus names it, e.g. `letters/1912.txt`
  end: number; // exclusive
}

/** Ids of a text's tokens, and how many characters each was written with. */
export interface EncodedText {
  ids: Int32Array;
  lengths: Uint16Array;
  words?: string[]; // each token as a vocabulary would have it, unknown ones too; only of text that is measured on
  parts?: DocumentPart[]; // of all its tokens, where it is known which files they are of
}

/** Where the sentence that goes on at `start` ends, its `<eos>` included. */
export function endOfSentence(ids: Int32Array, endId: number, start: number): number {
  const at = ids.indexOf(endId, start);
  return at < 0 ? ids.length : at + 1;
}
