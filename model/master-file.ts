// model/master-file: the float32 file that training writes and everything else is made from.

import { decodeMetadata, encodeMetadata } from "./metadata.ts";
import type { ModelMetadata } from "./metadata.ts";
import { bandTensors, readBands } from "./low-rank.ts";
import type { BandFactors } from "./low-rank.ts";
import { ngramTensors, readNgramTables } from "./ngram.ts";
import type { NgramTables } from "./ngram.ts";
import { readTrainingSettings } from "./settings.ts";
import { checkFileBytes, readSafetensorsHeader, writeSafetensors } from "./safetensors.ts";
import { countElements, tensorOf, tensorTable } from "./tensors.ts";
import type { Weights } from "./tensors.ts";
import { Vocabulary } from "./vocabulary.ts";

/** A trained model in float32. */
export interface MasterModel {
  metadata: ModelMetadata;
  vocabulary: Vocabulary;
  weights: Weights;
  ngrams?: NgramTables; // with the settings that `metadata.ngram` has
  bands?: BandFactors[]; // of those of `metadata.bands`
}

/**
 * One safetensors file: the tensor table's tensors in float32, then `band.*` and `ngram.*` where it has them, then
 * `vocabulary`.
 * @throws Error where a tensor is missing or its size is not the table's
 * @example await writeFile("master.safetensors", writeMasterFile({ metadata, vocabulary, weights }));
 */
export function writeMasterFile({
  metadata,
  vocabulary,
  weights,
  ngrams,
  bands,
}: MasterModel): Uint8Array<ArrayBuffer> {
  const tensors = tensorTable(metadata.config).map((entry) => ({
    ...entry,
    dtype: "F32" as const,
    data: tensorOf(weights, entry),
  }));
  const words = vocabulary.encode();
  return writeSafetensors(
    [
      ...tensors,
      ...(bands ? bandTensors(bands, { ...metadata.config, bands: metadata.bands! }) : []),
      ...(ngrams ? ngramTensors(ngrams) : []),
      { name: "vocabulary", dtype: "U8", shape: [words.length], data: words },
    ],
    encodeMetadata(metadata),
  );
}

/**
 * Reads a master file.
 * @throws Error where it is cut off, of another kind, or its tensors do not fit its config
 * @example const { metadata, vocabulary, weights } = readMasterFile(await readFile("master.safetensors"));
 */
export function readMasterFile(file: Uint8Array): MasterModel {
  const header = readSafetensorsHeader(file);
  checkFileBytes(header, file.length);
  const metadata = decodeMetadata(header.metadata, "master");
  metadata.training = readTrainingSettings(metadata.training);
  const bytesOf = (name: string) => {
    const entry = header.tensors.get(name);
    if (!entry) throw new Error(`model file lacks tensor "${name}"`);
    return new Uint8Array(file.subarray(entry.begin, entry.end)); // a copy, also of a Node Buffer
  };
  const weights: Weights = new Map();
  for (const { name, shape } of tensorTable(metadata.config)) {
    const bytes = bytesOf(name);
    if (bytes.length !== 4 * countElements(shape)) {
      throw new Error(`tensor "${name}" is not float32 [${shape.join(", ")}]`);
    }
    weights.set(name, new Float32Array(bytes.buffer));
  }
  const vocabulary = Vocabulary.decode(bytesOf("vocabulary"));
  if (vocabulary.size !== metadata.config.vocabularySize) {
    throw new Error(
      `vocabulary has ${vocabulary.size} words; the config says ${metadata.config.vocabularySize}`,
    );
  }
  const model: MasterModel = { metadata, vocabulary, weights };
  if (metadata.bands) {
    model.bands = readBands(header.tensors, file, { ...metadata.config, bands: metadata.bands });
  }
  if (!metadata.ngram) return model;
  const whole = new Uint8Array(file); // a copy, whose tensors lie where typed arrays may begin
  const settings = { ...metadata.ngram, networkWords: vocabulary.size };
  const ngrams = readNgramTables(header.tensors, whole, settings);
  return { ...model, ngrams };
}
