// model/edge-file: the int8 file that the edge serves from, made from a master file. Runs no network itself.
//
// A safetensors container. It is loaded into WebAssembly memory in one copy at a multiple of 64 bytes, so every
// tensor's begin is a multiple of 16 there and the kernels read it where it lies.
//
//   H hidden size    K = H rounded up to 16: bytes of a row    P = H rounded up to 4: rows of a gate
//   L layers         V vocabulary size                         W = V rounded up to 8: rows of a word matrix
//
//   embedding.weight          I8  [W/8, 8K] row v: word v as a layer-0 input
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

import type { LanguageModelConfig } from "./hyper-parameters.ts";
import { BLOCK_ROWS, zeroPointCorrections, interleaveRows, quantiseRows } from "./quantisation.ts";
import type { Int8Rows } from "./quantisation.ts";
import type { MasterModel } from "./master-file.ts";
import { decodeMetadata, encodeMetadata, FORMAT_VERSIONS } from "./metadata.ts";
import type { ModelMetadata } from "./metadata.ts";
import { ngramTensors, readNgramTables } from "./ngram.ts";
import type { NgramTables } from "./ngram.ts";
import { checkFileBytes, readSafetensorsHeader, writeSafetensors } from "./safetensors.ts";
import type { TensorEntry, TensorToWrite } from "./safetensors.ts";
import { tensorOf, tensorTable } from "./tensors.ts";
import { Vocabulary } from "./vocabulary.ts";

/** The softmax bias of rows that are no word: low enough that they never take part, finite for safe sums. */
export const PADDING_BIAS = -1e30;

/**
 * The sizes of an edge file's rows; see the drawing above.
 * @example
 * edgeSizes(config); // { K: 656, P: 652, W: 10000 }, where H is 650 and V 10,000
 */
export function edgeSizes({ hiddenSize, vocabularySize }: LanguageModelConfig) {
  const K = roundUp(hiddenSize, 16);
  const P = roundUp(hiddenSize, 4);
  const W = roundUp(vocabularySize, BLOCK_ROWS);
  return { K, P, W };
}

/** A tensor that an edge file holds. */
export interface EdgeTensor {
  name: string;
  dtype: "I8" | "F32" | "I32";
  shape: number[];
}

/**
 * Every tensor of an edge file but its vocabulary, in the file's order.
 * @example
 * edgeTensorTable(config)[0]; // { name: "embedding.weight", dtype: "I8", shape: [1250, 5248] }, where V is 10,000 and H 650
 */
export function edgeTensorTable(config: LanguageModelConfig): EdgeTensor[] {
  const { K, P, W } = edgeSizes(config);
  const weight = (name: string, rows: number): EdgeTensor[] => [
    { name: `${name}.weight`, dtype: "I8", shape: [rows / BLOCK_ROWS, BLOCK_ROWS * K] },
    { name: `${name}.scale`, dtype: "F32", shape: [rows] },
  ];
  const offset = (name: string, rows: number): EdgeTensor => ({
    name: `${name}.offset`,
    dtype: "I32",
    shape: [rows],
  });
  const table = weight("embedding", W);
  for (let layer = 0; layer < config.layers; layer++) {
    for (const part of [`lstm.${layer}.input`, `lstm.${layer}.recurrent`]) {
      table.push(...weight(part, 4 * P), offset(part, 4 * P));
    }
    table.push({ name: `lstm.${layer}.bias`, dtype: "F32", shape: [4 * P] });
  }
  if (!config.tied) table.push(...weight("softmax", W));
  table.push(offset("softmax", W), { name: "softmax.bias", dtype: "F32", shape: [W] });
  return table;
}

/** What an edge file says of itself before its tensors. */
export interface EdgeFileHeader {
  metadata: ModelMetadata;
  tensors: Map<string, TensorEntry>; // byte offsets into the file
  fileBytes: number;
}

/**
 * Reads the start of an edge file and checks that its tensors are those its config asks for.
 * @throws Error where it is no edge file, of another format, or not whole
 * @example
 * const { metadata, tensors } = readEdgeHeader(bytes); // the file's beginning is enough
 */
export function readEdgeHeader(start: Uint8Array): EdgeFileHeader {
  const { metadata: strings, tensors, fileBytes } = readSafetensorsHeader(start);
  const metadata = decodeMetadata(strings, "edge");
  for (const { name, dtype, shape } of edgeTensorTable(metadata.config)) {
    const entry = tensors.get(name);
    if (!entry) throw new Error(`edge file lacks tensor "${name}"; write it again`);
    if (entry.dtype !== dtype || entry.shape.join() !== shape.join()) {
      throw new Error(
        `edge file's "${name}" is ${entry.dtype} [${entry.shape.join(", ")}]; ` +
          `its config asks for ${dtype} [${shape.join(", ")}]`,
      );
    }
    if (entry.begin % 16 !== 0) {
      throw new Error(`edge file's "${name}" begins at ${entry.begin}, not a multiple of 16`);
    }
  }
  if (tensors.get("vocabulary")?.dtype !== "U8") throw new Error("edge file lacks its vocabulary");
  return { metadata, tensors, fileBytes };
}

/**
 * Checks what the header cannot tell of a whole file, and reads its vocabulary.
 * @throws Error where the file is damaged
 * @example
 * readEdgeVocabulary(readEdgeHeader(file), file).size; // V
 */
export function readEdgeVocabulary(header: EdgeFileHeader, file: Uint8Array): Vocabulary {
  checkFileBytes(header, file.length);
  for (const [name, { dtype, begin, end }] of header.tensors) {
    if (dtype !== "F32") continue;
    const numbers = new Float32Array(file.buffer, file.byteOffset + begin, (end - begin) / 4);
    if (!numbers.every(Number.isFinite)) {
      throw new Error(`edge file's "${name}" holds a number that is not finite; write it again`);
    }
  }
  const { begin, end } = header.tensors.get("vocabulary")!;
  const vocabulary = Vocabulary.decode(file.slice(begin, end));
  const { vocabularySize } = header.metadata.config;
  if (vocabulary.size !== vocabularySize) {
    throw new Error(
      `edge file's vocabulary has ${vocabulary.size} words; its config says ${vocabularySize}`,
    );
  }
  return vocabulary;
}

/**
 * The n-gram tables of a whole file, as views of it.
 * @returns null where it has none
 * @throws where they do not fit each other, or the file's vocabulary
 * @example
 * readEdgeNgrams(readEdgeHeader(file), file)?.orders.length; // 2 of trigrams
 */
export function readEdgeNgrams(header: EdgeFileHeader, file: Uint8Array): NgramTables | null {
  const { ngram, config } = header.metadata;
  return ngram ? readNgramTables(header.tensors, file, { ...ngram, networkWords: config.vocabularySize }) : null; // prettier-ignore
}

/**
 * The edge file of a model.
 * @example
 * const edge = writeEdgeFile(readMasterFile(bytes));
 */
export function writeEdgeFile({
  metadata,
  vocabulary,
  weights,
  ngrams,
}: MasterModel): Uint8Array<ArrayBuffer> {
  const { config } = metadata;
  const { vocabularySize: V, hiddenSize: H, layers, tied, forgetBias } = config;
  const { K, P, W } = edgeSizes(config);
  const master = new Map<string, Float32Array>();
  for (const entry of tensorTable(config)) {
    const tensor = tensorOf(weights, entry);
    if (!tensor.every(Number.isFinite)) {
      throw new Error(
        `"${entry.name}" holds a weight that is not finite; train with a lower learning rate`,
      );
    }
    master.set(entry.name, tensor);
  }
  const written = new Map<string, ArrayBufferView>();
  const writeRows = (name: string, rows: Int8Rows) => {
    written.set(`${name}.weight`, interleaveRows(rows.weight, K)).set(`${name}.scale`, rows.scale);
  };

  const embedding = master.get("embedding")!;
  const embeddingRows = quantiseRows(W, K, (row, k) =>
    row < V && k < H ? embedding[row * H + k]! : 0,
  );
  writeRows("embedding", embeddingRows);

  for (let layer = 0; layer < layers; layer++) {
    const kernel = master.get(`lstm.${layer}.kernel`)!;
    for (const part of ["input", "recurrent"] as const) {
      const firstRow = part === "input" ? 0 : H; // of the kernel, whose rows are inputs
      const name = `lstm.${layer}.${part}`;
      const rows = quantiseRows(4 * P, K, (row, k) => {
        const gate = Math.floor(row / P);
        const unit = row % P;
        return unit < H && k < H ? kernel[(firstRow + k) * 4 * H + gate * H + unit]! : 0;
      });
      writeRows(name, rows);
      written.set(`${name}.offset`, zeroPointCorrections(rows));
    }
    const bias = master.get(`lstm.${layer}.bias`)!;
    const packed = new Float32Array(4 * P);
    for (let gate = 0; gate < 4; gate++) {
      packed.set(bias.subarray(gate * H, (gate + 1) * H), gate * P);
    }
    for (let unit = 0; unit < H; unit++) packed[2 * P + unit]! += forgetBias;
    written.set(`lstm.${layer}.bias`, packed);
  }

  const softmax = master.get("softmax.weight");
  const softmaxRows = softmax
    ? quantiseRows(W, K, (row, k) => (row < V && k < H ? softmax[k * V + row]! : 0))
    : embeddingRows;
  if (!tied) writeRows("softmax", softmaxRows);
  written.set("softmax.offset", zeroPointCorrections(softmaxRows));
  const bias = new Float32Array(W).fill(PADDING_BIAS);
  bias.set(master.get("softmax.bias")!);
  written.set("softmax.bias", bias);

  const words = vocabulary.encode();
  const tensors: TensorToWrite[] = edgeTensorTable(config).map((entry) => ({
    ...entry,
    data: written.get(entry.name)!,
  }));
  if (ngrams) tensors.push(...ngramTensors(ngrams));
  tensors.push({ name: "vocabulary", dtype: "U8", shape: [words.length], data: words });
  const { edge: formatVersion } = FORMAT_VERSIONS;
  return writeSafetensors(tensors, encodeMetadata({ ...metadata, formatVersion, kind: "edge" }));
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
