// model/edge-file: the int8 file that the edge serves from, made from a master file: a safetensors container of the tensors of
// model/edge-tensors. Runs no network itself.

import { edgeTensorTable } from "./edge-tensors.ts";
import type { MasterModel } from "./master-file.ts";
import { decodeMetadata, EDGE_WITH_BANDS, encodeMetadata, FORMAT_VERSIONS } from "./metadata.ts";
import type { ModelMetadata } from "./metadata.ts";
import { ngramTensors, readNgramTables } from "./ngram.ts";
import type { NgramTables } from "./ngram.ts";
import { checkFileBytes, readSafetensorsHeader, writeSafetensors } from "./safetensors.ts";
import type { TensorEntry, TensorToWrite } from "./safetensors.ts";
import { quantiseWeights } from "./quantised-weights.ts";
import { Vocabulary } from "./vocabulary.ts";

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
  for (const { name, dtype, shape } of edgeTensorTable(metadata)) {
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
 * @throws Error where a weight is not finite
 * @example
 * const edge = writeEdgeFile(readMasterFile(bytes));
 */
export function writeEdgeFile(master: MasterModel): Uint8Array<ArrayBuffer> {
  const { metadata, vocabulary, ngrams } = master;
  const written = quantiseWeights(master);
  const words = vocabulary.encode();
  const tensors: TensorToWrite[] = edgeTensorTable(metadata).map((entry) => ({
    ...entry,
    data: written.get(entry.name)!,
  }));
  if (ngrams) tensors.push(...ngramTensors(ngrams));
  tensors.push({ name: "vocabulary", dtype: "U8", shape: [words.length], data: words });
  const formatVersion = metadata.bands ? EDGE_WITH_BANDS : FORMAT_VERSIONS.edge;
  return writeSafetensors(tensors, encodeMetadata({ ...metadata, formatVersion, kind: "edge" }));
}
