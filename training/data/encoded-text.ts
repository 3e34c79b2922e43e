// training/data/encoded-text: a text as word ids.

/** Ids of a text's tokens, and how many characters each was written with. */
export interface EncodedText {
  ids: Int32Array;
  lengths: Uint16Array;
}
