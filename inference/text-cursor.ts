// inference/text-cursor: places in a text that a model's states belong to. Plain data.

/** What there is to know of a text up to a position. */
export interface StateSnapshot {
  position: number; // in the text, in UTF-16 code units; white space follows
  previous: string; // the word before it, as the vocabulary has it
  state: Float32Array; // [L, 2, H]
}

/** A text, the snapshot in it that is read up to, and what has not been. */
export interface TextCursor {
  point: StateSnapshot;
  before: string; // the text before the snapshot, or the end of that
  rest: string; // the text from the snapshot on
}
