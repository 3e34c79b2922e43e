// model/edge-tensors: which int8 tensors an edge file has, their names, shapes and layout. Holds no numbers itself.
//
// The file is loaded into WebAssembly memory in one copy at a multiple of 64 bytes, so every tensor's begin is a multiple of
// 16 there and the kernels read it where it lies.
//
//   H hidden size    K = H rounded up to 16: bytes of a row    P = H rounded up to 4: rows of a gate
//   L layers         V vocabulary size                         W = V rounded up to 8: rows of a word matrix
//   C words of the head, W where there are no bands        R rank of a band, bytes of its rows
//
//   embedding.weight          I8  [C/8, 8K] row v: word v as a layer-0 input
//   embedding.scale           F32 [W]
//   lstm.{l}.input.weight     I8  [P/2, 8K] row g·P + u: what gate g of unit u makes of the layer's input
//   lstm.{l}.input.scale      F32 [4P]      gates in the order i, j, f, o
//   lstm.{l}.input.offset     I32 [4P]
//   lstm.{l}.recurrent.weight I8  [P/2, 8K] … of the layer's previous output
//   lstm.{l}.recurrent.scale  F32 [4P]
//   lstm.{l}.recurrent.offset I32 [4P]
//   lstm.{l}.bias             F32 [4P]      forgetBias already added to f
//   softmax.weight            I8  [W/8, 8K] absent when tied: the embedding's rows serve
//   softmax.scale             F32 [W]       absent when tied
//   softmax.offset            I32 [W]
//   softmax.bias              F32 [W]       PADDING_BIAS from row V on
//   ngram.*                                 where the model has n-grams: see model/ngram
//   vocabulary                U8  [bytes]   as in the master file
//
// A row is scale · w with w in −63…63; numbers that only fill up are 0. A matrix is read from end to end for every word,
// so eight rows lie interleaved, as int8-rows packs them, and the reading never jumps:
//
//   row 0, bytes 0…63 · row 1, bytes 0…63 · … row 7, bytes 0…63 · row 0, bytes 64…127 · … row 7, the last K mod 64 bytes
//
// Kernels multiply rows by 7-bit activations q in 0…127, all that the relaxed dot product takes on every machine:
//   an output h in −1…1 is q = 64 + round(63·h), so Σ w·h = (Σ w·q − 64·Σw) / 63
//   an embedding e = scale · w is q = 64 + w, so Σ w·e = scale · (Σ w·q − 64·Σw)
// which is why every offset is −64·Σw.
//
// Where the words from C on lie in bands of low rank (model/low-rank), the row of a word in band n, of N words, is u · up, and the
// file holds
//
//   embedding.band.{n}.weight       I8  [N/8, 8R] u; scale and offset stand among those of all words
//   embedding.projection.{n}.weight I8  [R/8, 8K] up: what the band's logits take of the last layer's output
//   embedding.projection.{n}.scale  F32 [R]
//   embedding.projection.{n}.offset I32 [R]
//   lstm.0.band.{n}.weight          I8  [P/2, 8R] up · the input's kernel: what the gates make of u
//   lstm.0.band.{n}.scale           F32 [4P]
//   lstm.0.band.{n}.offset          I32 [4P]

import type { LanguageModelConfig } from "./hyper-parameters.ts";
import type { Band } from "./low-rank.ts";
import { BLOCK_ROWS } from "./quantisation.ts";

/** The softmax bias of rows that are no word: low enough that they never take part, finite for safe sums. */
export const PADDING_BIAS = -1e30;

/** What an edge file's tensors follow from: of its metadata. */
export interface EdgeShape {
  config: LanguageModelConfig;
  bands?: readonly Band[]; // lacking where all rows are whole
}

/**
 * The sizes of an edge file's rows; see the drawing above.
 * @example
 * edgeSizes({ config }); // { K: 656, P: 652, W: 10000, C: 10000 }, where H is 650 and V 10,000
 */
export function edgeSizes({ config, bands = [] }: EdgeShape) {
  const K = roundUp(config.hiddenSize, 16);
  const P = roundUp(config.hiddenSize, 4);
  const W = roundUp(config.vocabularySize, BLOCK_ROWS);
  return { K, P, W, C: bands[0]?.begin ?? W };
}

/**
 * The bands with the word at which each ends.
 * @example
 * bandsOfFile(metadata).at(-1)?.end; // W, where there are any
 */
export function bandsOfFile(shape: EdgeShape): (Band & { end: number })[] {
  const { bands = [] } = shape;
  const { W } = edgeSizes(shape);
  return bands.map((band, index) => ({ ...band, end: bands[index + 1]?.begin ?? W }));
}

/** A tensor that an edge file holds. */
export interface EdgeTensor {
  name: string;
  dtype: "I8" | "F32" | "I32";
  shape: number[];
}

/**
 * Every tensor of an edge file but its n-grams and vocabulary, in the file's order.
 * @example
 * edgeTensorTable({ config })[0]; // { name: "embedding.weight", dtype: "I8", shape: [1250, 5248] }, where V is 10,000 and H 650
 */
export function edgeTensorTable(shape: EdgeShape): EdgeTensor[] {
  const { layers, tied } = shape.config;
  const { K, P, W, C } = edgeSizes(shape);
  const bands = bandsOfFile(shape);
  const table: EdgeTensor[] = [weight("embedding", C, K), numbers("embedding.scale", "F32", W)];
  bands.forEach(({ begin, end, rank: R }, index) => {
    table.push(weight(`embedding.band.${index}`, end - begin, R));
    table.push(...matrix(`embedding.projection.${index}`, R, K));
    table.push(...matrix(`lstm.0.band.${index}`, 4 * P, R));
  });
  for (let layer = 0; layer < layers; layer++) {
    table.push(...matrix(`lstm.${layer}.input`, 4 * P, K));
    table.push(...matrix(`lstm.${layer}.recurrent`, 4 * P, K));
    table.push(numbers(`lstm.${layer}.bias`, "F32", 4 * P));
  }
  if (!tied) table.push(weight("softmax", W, K), numbers("softmax.scale", "F32", W));
  table.push(numbers("softmax.offset", "I32", W), numbers("softmax.bias", "F32", W));
  return table;
}

function matrix(name: string, rows: number, K: number): EdgeTensor[] {
  return [
    weight(name, rows, K),
    numbers(`${name}.scale`, "F32", rows),
    numbers(`${name}.offset`, "I32", rows),
  ];
}

function weight(name: string, rows: number, K: number): EdgeTensor {
  return { name: `${name}.weight`, dtype: "I8", shape: [rows / BLOCK_ROWS, BLOCK_ROWS * K] };
}

function numbers(name: string, dtype: "F32" | "I32", length: number): EdgeTensor {
  return { name, dtype, shape: [length] };
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
