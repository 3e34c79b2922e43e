// test/edge-start: the first bytes of an edge file, up to its tensors, for models too large to be made in a test.

import type { LanguageModelConfig } from "#model/hyper-parameters";
import { edgeTensorTable } from "#model/edge-tensors";
import { encodeMetadata, FORMAT_VERSIONS } from "#model/metadata";
import type { NeuralCacheSettings } from "#model/metadata";
import { makeTinyModel } from "./tiny-model.ts";

export interface EdgeStartOptions {
  config: Partial<LanguageModelConfig>;
  neuralCache?: NeuralCacheSettings;
  vocabularyBytes?: number;
}

/** A header that promises such a model, and the bytes of the file that it promises. */
export function makeEdgeStart({
  config,
  neuralCache,
  vocabularyBytes = 200_000,
}: EdgeStartOptions): {
  start: Uint8Array<ArrayBuffer>;
  fileBytes: number;
} {
  const { metadata } = makeTinyModel();
  const full = { ...metadata.config, ...config };
  let end = 0;
  const place = (dtype: string, shape: number[]) => {
    const begin = end;
    end += shape.reduce((product, size) => product * size, dtype.endsWith("8") ? 1 : 4);
    return { dtype, shape, data_offsets: [begin, end] };
  };
  const tensors = edgeTensorTable({ config: full }).map(({ name, dtype, shape }) => [
    name,
    place(dtype, shape),
  ]);
  const { edge: formatVersion } = FORMAT_VERSIONS;
  const edge = { ...metadata, formatVersion, kind: "edge" as const, config: full, neuralCache };
  const header = {
    __metadata__: encodeMetadata(edge),
    ...Object.fromEntries(tensors),
    vocabulary: place("U8", [vocabularyBytes]),
  };
  let json = JSON.stringify(header);
  json = json.padEnd(Math.ceil((8 + json.length) / 16) * 16 - 8); // tensors begin at multiples of 16
  const start = new Uint8Array(8 + json.length);
  new DataView(start.buffer).setUint32(0, json.length, true);
  start.set(new TextEncoder().encode(json), 8);
  return { start, fileBytes: start.length + end };
}
