// training/evaluation/kneser-ney: a trigram with interpolated modified Kneser–Ney smoothing (Chen & Goodman 1998), the count-based
// model that a network has to beat. It scores like one, so that the same evaluation measures both.
//
// Counts are kept as sorted keys: a trigram u v w of ids is (u·V + v)·V + w, its context u·V + v. A sentence starts
// after `<eos> <eos>`, and its own `<eos>` is a word like any other.
//
//   p3(w | u v) = (c(u v w) − D)/c(u v ·) + γ(u v)·p2(w | v)      p2 and p1 likewise, but their counts say after how
//   p1(w)       = (c(w) − D)/c(·) + γ·1/V                         many different words something was seen
//
// D is D1, D2 or D3 for a count of 1, 2 or more; γ gives back what the D of a context took away. After `<eos>` at a
// sentence's start only `<eos>` ever stands before, so that p2 uses plain counts there.
//
// V vocabulary size.

import type { Scorer } from "./scoring.ts";

/** A trigram of more words cannot be counted. */
export const MAX_VOCABULARY = Math.floor(Number.MAX_SAFE_INTEGER ** (1 / 3)); // so that keys are exact
const TOKENS_PER_CALL = 64;

/** What was seen after each context, for one order. */
interface Table {
  contexts: Float64Array; // sorted
  begins: Uint32Array; // [contexts + 1], each context's first place in words and shares
  words: Int32Array;
  shares: Float64Array; // (c − D)/c(context)
  rests: Float64Array; // [contexts], γ
}

export class KneserNey implements Scorer {
  readonly scoreLength = TOKENS_PER_CALL;
  readonly #V: number;
  readonly #endId: number;
  readonly #base: Float64Array; // [V], p1
  readonly #logBase: Float64Array; // [V]
  readonly #bigrams: Table;
  readonly #trigrams: Table;
  readonly #rows: Float32Array; // [TOKENS_PER_CALL, V]
  readonly #row: Float64Array; // [V]
  #previous: [number, number];

  /** Counts a training text's ids; a sentence ends with `endId`. */
  constructor(
    ids: Int32Array,
    { vocabularySize: V, endId }: { vocabularySize: number; endId: number },
  ) {
    if (V > MAX_VOCABULARY) {
      throw new Error(`a trigram can be counted for at most ${MAX_VOCABULARY} words, got ${V}`);
    }
    this.#V = V;
    this.#endId = endId;
    this.#previous = [endId, endId];
    const trigrams = countKeys(trigramKeys(ids, V, endId), () => 1);
    const bigrams = countKeys(
      trigrams.keys.map((key) => key % V ** 2),
      // a sentence's first word: its plain count, and all others after how many words they were seen
      (at, key) => (Math.floor(key / V) === endId ? trigrams.counts[at]! : 1),
    );
    const unigrams = countKeys(
      bigrams.keys.map((key) => key % V),
      () => 1,
    );
    this.#trigrams = makeTable(trigrams, V);
    this.#bigrams = makeTable(bigrams, V);
    const single = makeTable(unigrams, V);
    this.#base = new Float64Array(V).fill((single.rests[0] ?? 1) / V);
    single.words.forEach((word, at) => (this.#base[word]! += single.shares[at]!));
    this.#logBase = this.#base.map(Math.log);
    this.#rows = new Float32Array(TOKENS_PER_CALL * V);
    this.#row = new Float64Array(V);
  }

  resetScoringState(): void {
    this.#previous = [this.#endId, this.#endId];
  }

  score(ids: Int32Array): Promise<Float32Array> {
    const V = this.#V;
    ids.forEach((id, index) => {
      // a sentence knows nothing of the one before
      this.#previous = id === this.#endId ? [id, id] : [this.#previous[1], id];
      this.#scoreAfter(...this.#previous, this.#rows.subarray(index * V, (index + 1) * V));
    });
    return Promise.resolve(this.#rows.subarray(0, ids.length * V));
  }

  /** The logarithms of `probabilities`, taken one by one only where something was seen. */
  #scoreAfter(before: number, last: number, row: Float32Array): void {
    const [bigrams, trigrams] = [this.#bigrams, this.#trigrams];
    const seen = placesOf(bigrams, last);
    const seenTogether = placesOf(trigrams, before * this.#V + last);
    const logRest = Math.log(seen.rest * seenTogether.rest);
    for (let word = 0; word < row.length; word++) row[word] = this.#logBase[word]! + logRest;
    for (let place = seen.begin; place < seen.end; place++) {
      const word = bigrams.words[place]!;
      const known = this.#base[word]! * seen.rest + bigrams.shares[place]!;
      this.#row[word] = known * seenTogether.rest;
      row[word] = Math.log(this.#row[word]!);
    }
    // what was seen after two words was seen after the second of them
    for (let place = seenTogether.begin; place < seenTogether.end; place++) {
      const word = trigrams.words[place]!;
      row[word] = Math.log(this.#row[word]! + trigrams.shares[place]!);
    }
  }

  /** The probability of every word [V] after two words; overwritten by the next call. */
  probabilities(before: number, last: number): Float64Array {
    this.#row.set(this.#base);
    blend(this.#row, this.#bigrams, last);
    blend(this.#row, this.#trigrams, before * this.#V + last);
    return this.#row;
  }
}

/** Mixes what was seen after a context into what is known without it. */
function blend(row: Float64Array, table: Table, context: number): void {
  const { rest, begin, end } = placesOf(table, context);
  for (let word = 0; word < row.length; word++) row[word]! *= rest;
  for (let place = begin; place < end; place++) row[table.words[place]!]! += table.shares[place]!;
}

/** Where a context's words are, and its γ; of one never seen, none and 1. */
function placesOf({ contexts, begins, rests }: Table, context: number) {
  const at = findSorted(contexts, context);
  if (at < 0) return { begin: 0, end: 0, rest: 1 };
  return { begin: begins[at]!, end: begins[at + 1]!, rest: rests[at]! };
}

function trigramKeys(ids: Int32Array, V: number, endId: number): Float64Array {
  const keys = new Float64Array(ids.length);
  let [before, last] = [endId, endId];
  ids.forEach((id, at) => {
    keys[at] = (before * V + last) * V + id;
    [before, last] = id === endId ? [endId, endId] : [last, id];
  });
  return keys;
}

interface Counts {
  keys: Float64Array; // sorted, each once
  counts: Uint32Array;
}

/** Adds up what each occurrence of a key is worth. */
function countKeys(
  occurrences: Float64Array,
  worthOf: (at: number, key: number) => number,
): Counts {
  const keys = occurrences.toSorted();
  let size = 0;
  for (let at = 0; at < keys.length; at++) {
    if (at === 0 || keys[at] !== keys[size - 1]) keys[size++] = keys[at]!;
  }
  const unique = keys.slice(0, size);
  const counts = new Uint32Array(size);
  occurrences.forEach((key, at) => (counts[findSorted(unique, key)]! += worthOf(at, key)));
  return { keys: unique, counts };
}

/** Takes the discounts off and finds what they leave to the order below. */
function makeTable({ keys, counts }: Counts, V: number): Table {
  const discounts = discountsOf(counts);
  const discountOf = (count: number) => discounts[Math.min(count, 3) - 1]!;
  const contexts: number[] = [];
  const begins: number[] = [];
  keys.forEach((key, at) => {
    const context = Math.floor(key / V);
    if (context === contexts.at(-1)) return;
    contexts.push(context);
    begins.push(at);
  });
  begins.push(keys.length);
  const shares = new Float64Array(keys.length);
  const rests = Float64Array.from(contexts, (_, at) => {
    const [begin, end] = [begins[at]!, begins[at + 1]!];
    let total = 0;
    let taken = 0;
    for (let place = begin; place < end; place++) {
      total += counts[place]!;
      taken += discountOf(counts[place]!);
    }
    for (let place = begin; place < end; place++) {
      shares[place] = (counts[place]! - discountOf(counts[place]!)) / total;
    }
    return taken / total;
  });
  return {
    contexts: Float64Array.from(contexts),
    begins: Uint32Array.from(begins),
    words: Int32Array.from(keys, (key) => key % V),
    shares,
    rests,
  };
}

/** D1, D2 and D3 from how many counts are 1, 2, 3 and 4; each between 0 and its count, where a text is too small. */
function discountsOf(counts: Uint32Array): number[] {
  const [n1, n2, n3, n4] = [1, 2, 3, 4].map((wanted) =>
    counts.reduce((sum, count) => sum + Number(count === wanted), 0),
  ) as [number, number, number, number];
  const Y = n1 / (n1 + 2 * n2);
  const estimates = [1 - 2 * Y * (n2 / n1), 2 - 3 * Y * (n3 / n2), 3 - 4 * Y * (n4 / n3)];
  return estimates.map((estimate, index) =>
    Number.isFinite(estimate) ? Math.min(Math.max(estimate, 0), index + 1) : 0.5,
  );
}

function findSorted(sorted: Float64Array, wanted: number): number {
  let low = 0;
  for (let high = sorted.length; low < high;) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === wanted ? low : -1;
}
