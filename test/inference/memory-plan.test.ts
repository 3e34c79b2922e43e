import { readFileSync } from "node:fs";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { LanguageModel } from "#inference/language-model";
import { PRESETS } from "#model/presets";
import { readEdgeHeader, writeEdgeFile } from "#model/edge-file";
import { checkMemory, MAX_MODEL_BYTES, memoryOf } from "#inference/memory-plan";
import { Vocabulary } from "#model/vocabulary";
import { makeEdgeStart } from "../edge-start.ts";
import type { EdgeStartOptions } from "../edge-start.ts";
import { makeTinyModel, seededRandom } from "../tiny-model.ts";

const module = new WebAssembly.Module(readFileSync("kernels/build/edge.wasm"));

function headerOf(options: EdgeStartOptions) {
  const { start, fileBytes } = makeEdgeStart(options);
  return { header: readEdgeHeader(start), fileBytes };
}

describe("the memory plan", () => {
  it.each(Object.entries(PRESETS))("has room for the preset %s", (_, { model }) => {
    const { header } = headerOf({ config: model });
    expect(checkMemory(header).total).toBeLessThan(MAX_MODEL_BYTES);
  });

  it.each([
    { hiddenSize: 1, vocabularySize: 33, layers: 1 },
    { hiddenSize: 20, vocabularySize: 500, layers: 2 },
    { hiddenSize: 130, vocabularySize: 2_001, layers: 3 },
    { hiddenSize: 130, vocabularySize: 2_001, layers: 1, tied: true, bands: [{ begin: 8, rank: 64 }, { begin: 80, rank: 16 }] }, // prettier-ignore
  ])("says what WebAssembly really takes of %j", ({ bands, ...config }) => {
    const model = makeTinyModel({ config, bands });
    model.metadata.neuralCache = { window: 777, theta: 1, lambda: 0.1 };
    const file = writeEdgeFile(model);
    const { network, cache } = memoryOf(readEdgeHeader(file));
    expect(network + cache).toBe(LanguageModel.open(module, file).memoryBytes);
  });

  it.each([
    [4, 20_000],
    [25, 20_000],
  ])("has room for a vocabulary's objects, words of %i letters", (letters, vocabularySize) => {
    const words = vocabularyOf(vocabularySize, letters);
    const { header } = headerOf({
      config: { vocabularySize, hiddenSize: 1 },
      vocabularyBytes: words.length,
    });
    const before = usedHeap();
    const vocabulary = Vocabulary.decode(words);
    vocabulary.idsStartingWith("a");
    const taken = usedHeap() - before;
    const planned = memoryOf(header).vocabulary;
    expect(vocabulary.size).toBe(vocabularySize);
    expect(taken).toBeLessThan(planned);
    expect(taken).toBeGreaterThan(planned / 2);
  });

  it.each<[string, EdgeStartOptions]>([
    [
      "its neural cache",
      {
        config: { vocabularySize: 10_000, hiddenSize: 1_500 },
        neuralCache: { window: 2_000, theta: 1, lambda: 0.1 },
      },
    ],
    [
      "its vocabulary",
      { config: { vocabularySize: 450_000, hiddenSize: 1 }, vocabularyBytes: 6_000_000 },
    ],
  ])("refuses a model that fits as a file but not with %s", (_, options) => {
    const { header, fileBytes } = headerOf(options);
    expect(fileBytes).toBeLessThan(MAX_MODEL_BYTES);
    expect(() => checkMemory(header)).toThrow(
      /^the model takes 1\d\d\.\d MB of memory \(network [\d.]+ MB, .*; an isolate has 110\.0 MB for it: train with/,
    );
  });

  it("refuses a model whose file alone is too large", () => {
    const { header } = headerOf({ config: { vocabularySize: 40_000, hiddenSize: 1_500 } });
    expect(() => checkMemory(header)).toThrow("the model takes");
  });
});

/** UTF-8 lines as a file has them, every fifth word with a spelling of its own. */
function vocabularyOf(size: number, letters: number): Uint8Array {
  const random = seededRandom(letters);
  const words = new Set(["<unk>", "<eos>", "<num>"]);
  while (words.size < size) {
    const codes = Array.from({ length: letters }, () => 97 + Math.floor(26 * random()));
    words.add(String.fromCharCode(...codes));
  }
  const lines = Array.from(words, (word, id) => {
    const display = id % 5 === 3 ? word.slice(0, 1).toUpperCase() + word.slice(1) : word;
    return `${word}\t${display}\t${size - id}\n`;
  });
  return new TextEncoder().encode(lines.join(""));
}

/** Bytes of JavaScript's heap without its garbage. */
function usedHeap(): number {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  for (let round = 0; round < 3; round++) collectGarbage();
  return getHeapStatistics().used_heap_size;
}
