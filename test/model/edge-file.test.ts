import { describe, expect, it } from "vitest";
import { readEdgeHeader, readEdgeVocabulary, writeEdgeFile } from "#model/edge-file";
import { edgeTensorTable, PADDING_BIAS } from "#model/edge-tensors";
import { decodeMetadata, encodeMetadata } from "#model/metadata";
import { interleaveRows } from "#model/quantisation";
import { writeMasterFile } from "#model/master-file";
import { makeTinyModel } from "../tiny-model.ts";

const model = makeTinyModel({ config: { hiddenSize: 17, vocabularySize: 33 } });
const file = writeEdgeFile(model);
const header = readEdgeHeader(file);

describe("edge file", () => {
  it("comes back with the model's metadata and words", () => {
    expect(header.metadata).toEqual({ ...model.metadata, formatVersion: 2, kind: "edge" });
    expect(readEdgeVocabulary(header, file).entries).toEqual(model.vocabulary.entries);
  });

  for (const hiddenSize of [1, 3, 5, 16, 17, 20]) {
    it(`begins every tensor of H ${hiddenSize} at a multiple of 16 bytes`, () => {
      for (const tied of [true, false]) {
        const { tensors } = readEdgeHeader(writeEdgeFile(makeTinyModel({ config: { hiddenSize, tied } }))); // prettier-ignore
        for (const { begin } of tensors.values()) expect(begin % 16).toBe(0);
        expect(tensors.has("softmax.weight")).toBe(!tied);
      }
    });
  }

  it("rounds every weight to at most half a step of its row", () => {
    const embedding = model.weights.get("embedding")!;
    const weight = new Int8Array(bytesOf("embedding.weight").buffer);
    const scale = new Float32Array(bytesOf("embedding.scale").buffer);
    for (let v = 0; v < 33; v++) {
      for (let k = 0; k < 32; k++) {
        const value = k < 17 ? embedding[v * 17 + k]! : 0;
        expect(Math.abs(weight[v * 32 + k]! * scale[v]! - value)).toBeLessThan(0.5001 * scale[v]!);
      }
    }
  });

  it("weaves eight rows together in pieces of 64 bytes", () => {
    const [rows, K] = [16, 144];
    const packed = interleaveRows(
      Int8Array.from({ length: rows * K }, (_, at) => at % 251),
      K,
    );
    for (let row = 0; row < rows; row++) {
      for (let k = 0; k < K; k++) {
        const block = (row >> 3) * 8 * K;
        const at = block + (k < 128 ? (k >> 6) * 512 + (row & 7) * 64 + (k & 63) : 1_024 + (row & 7) * 16 + k - 128); // prettier-ignore
        expect(packed[at]).toBe((((row * K + k) % 251) << 24) >> 24);
      }
    }
  });

  it("adds the forget bias to the forget gate and hides rows that are no word", () => {
    const bias = new Float32Array(bytesOf("lstm.0.bias").buffer); // [4, 20]
    const master = model.weights.get("lstm.0.bias")!; // [4, 17]
    expect(bias[0]).toBe(master[0]);
    expect(bias[40]).toBeCloseTo(master[34]! + 0.5, 6);
    expect(bias[17]).toBe(0);
    const softmax = new Float32Array(bytesOf("softmax.bias").buffer);
    expect([...softmax.subarray(33)]).toEqual(
      Array.from({ length: 7 }, () => Math.fround(PADDING_BIAS)),
    );
  });

  it("is of a version of its own where rare words have rows of low rank", () => {
    const bands = [{ begin: 8, rank: 16 }, { begin: 24, rank: 16 }]; // prettier-ignore
    const config = { hiddenSize: 20, vocabularySize: 33, tied: true };
    const banded = makeTinyModel({ config, bands });
    const { metadata, tensors } = readEdgeHeader(writeEdgeFile(banded));
    expect(metadata).toEqual({ ...banded.metadata, formatVersion: 3, kind: "edge" });
    expect(tensors.get("embedding.weight")!.shape).toEqual([1, 8 * 32]);
    expect(tensors.get("embedding.band.0.weight")!.shape).toEqual([2, 8 * 16]);
    expect(tensors.get("embedding.band.1.weight")!.shape).toEqual([2, 8 * 16]);
    for (const { begin } of tensors.values()) expect(begin % 16).toBe(0);
    const older = { ...banded, metadata: { ...banded.metadata, bands: undefined } };
    expect(readEdgeHeader(writeEdgeFile(older)).metadata.formatVersion).toBe(2);
  });

  it.each([
    [[{ begin: 4, rank: 16 }], true],
    [[{ begin: 40, rank: 16 }], true],
    [[{ begin: 8, rank: 20 }], true],
    [[{ begin: 8, rank: 48 }], true],
    [[{ begin: 16, rank: 16 }, { begin: 8, rank: 16 }], true], // prettier-ignore
    [[{ begin: 8, rank: 16 }], false],
  ])("is refused with bands %j where tied is %s", (bands, tied) => {
    const plain = makeTinyModel({ config: { hiddenSize: 20, vocabularySize: 33, tied } });
    const claimed = { metadata: { ...plain.metadata, bands, formatVersion: 3, kind: "edge" as const } }; // prettier-ignore
    expect(() => decodeMetadata(encodeMetadata(claimed.metadata), "edge")).toThrow(
      "bands of low rank belong to tied models",
    );
  });

  it("writes the same bytes for the same model", () => {
    expect(writeEdgeFile(model)).toEqual(file);
  });

  it("is refused when it is cut off", () => {
    expect(() => readEdgeHeader(file.subarray(0, 100))).toThrow("cut off: 100 of");
    const short = file.slice(0, -1);
    expect(() => readEdgeVocabulary(header, short)).toThrow(
      `has ${file.length - 1} bytes; its header promises ${file.length}`,
    );
  });

  it("is refused when it is another file", () => {
    expect(() => readEdgeHeader(writeMasterFile(model))).toThrow("this is the master file");
    expect(() => readEdgeHeader(new TextEncoder().encode("<html>not found</html>"))).toThrow(
      "not a safetensors file",
    );
  });

  it("is refused when its tensors are not its config's", () => {
    const text = new TextDecoder("latin1").decode(file);
    const altered = Uint8Array.from(text.replace('hiddenSize\\":17', 'hiddenSize\\":77'), (byte) =>
      byte.charCodeAt(0),
    );
    expect(() => readEdgeHeader(altered)).toThrow(
      'edge file\'s "embedding.weight" is I8 [5, 256]; its config asks for I8 [5, 640]',
    );
  });

  it("is refused when a scale is not a number", () => {
    const altered = file.slice();
    const { begin } = header.tensors.get("lstm.1.bias")!;
    new DataView(altered.buffer).setFloat32(begin + 8, NaN, true);
    expect(() => readEdgeVocabulary(header, altered)).toThrow(
      '"lstm.1.bias" holds a number that is not finite',
    );
  });

  it("is not written from weights that are not finite", () => {
    const broken = makeTinyModel();
    broken.weights.get("lstm.0.kernel")![5] = Infinity;
    expect(() => writeEdgeFile(broken)).toThrow(
      '"lstm.0.kernel" holds a weight that is not finite',
    );
  });

  it("lists its tensors in an order that follows from the config alone", () => {
    expect(edgeTensorTable(header.metadata).map(({ name }) => name)).toEqual(
      [...header.tensors.keys()].slice(0, -1),
    );
  });
});

function bytesOf(name: string): Uint8Array<ArrayBuffer> {
  const { begin, end } = header.tensors.get(name)!;
  return file.slice(begin, end);
}
