// training/data/holders: in how many documents something stands, so that what one of them alone holds can be told from what
// several do. Of a text in one piece, what occurs once is told apart instead.

/** Tells in how many documents something stands, as it is met in the order of the text. */
export class HolderCounter {
  readonly #begins: Int32Array;
  readonly #last: Int32Array;
  readonly #holders: Uint8Array;

  /**
   * @param size so many things are told apart
   * @param begins where each document begins among the tokens; of fewer than two, each occurrence counts as one
   */
  constructor(size: number, begins: Int32Array) {
    this.#begins = begins;
    this.#last = new Int32Array(size).fill(-1);
    this.#holders = new Uint8Array(size);
  }

  /** Visits what `at` says of each token, below 0 where nothing. */
  count(tokens: number, at: (token: number) => number): Uint8Array {
    const begins = this.#begins;
    let document = 0;
    for (let token = 0; token < tokens; token++) {
      while (document + 1 < begins.length && begins[document + 1]! <= token) document++;
      const thing = at(token);
      if (thing < 0) continue;
      const holder = begins.length < 2 ? token : document;
      if (this.#last[thing] === holder) continue;
      this.#last[thing] = holder;
      if (this.#holders[thing]! < 2) this.#holders[thing]!++;
    }
    return this.#holders;
  }
}
