// test/tiny-model: a small model with seeded random weights, for tests that need one without training it.

import type { LanguageModelConfig } from "#model/hyper-parameters";
import { bandsOfFile } from "#model/edge-tensors";
import type { Band } from "#model/low-rank";
import { findPreset } from "#model/presets";
import type { MasterModel } from "#model/master-file";
import { FORMAT_VERSIONS } from "#model/metadata";
import type { TokenizerName } from "#model/tokenizers/tokenizer";
import { findTokenizer, tokenizerSettings } from "#model/tokenizers/find";
import { countElements, tensorTable } from "#model/tensors";
import { Vocabulary } from "#model/vocabulary";

const WORDS =
  "the of States United and union to in a state , . that people unit our is be year great unity world uniform".split(
    " ",
  );

export interface TinyModelOptions {
  config?: Partial<LanguageModelConfig>;
  tokenizer?: TokenizerName;
  seed?: number;
  spread?: number; // weights are uniform in ±spread
  bands?: Band[]; // of low rank, whose rows are made such that they lose nothing by it
}

/** A model of those words; what it lacks of its vocabulary's size is filled with made-up words. */
export function makeTinyModel({
  config = {},
  tokenizer = "text",
  seed = 1,
  spread = 0.5,
  bands = [],
}: TinyModelOptions = {}): MasterModel {
  const full: LanguageModelConfig = {
    vocabularySize: 33,
    hiddenSize: 20,
    layers: 2,
    forgetBias: 0.5,
    tied: false,
    ...config,
  };
  const { reserved } = findTokenizer(tokenizer);
  const vocabulary = new Vocabulary(
    Array.from({ length: full.vocabularySize }, (_, id) => {
      const display = reserved[id] ?? WORDS[id - reserved.length] ?? `word${letters(id)}`;
      const word = id < reserved.length ? display : display.toLowerCase();
      return { word, display, count: full.vocabularySize - id };
    }),
  );
  const random = seededRandom(seed);
  const weights = new Map(
    tensorTable(full).map(({ name, shape }) => [
      name,
      Float32Array.from({ length: countElements(shape) }, () => (2 * random() - 1) * spread),
    ]),
  );
  const model: MasterModel = {
    metadata: {
      formatVersion: FORMAT_VERSIONS.master,
      kind: "master",
      config: full,
      ...tokenizerSettings(findTokenizer(tokenizer)),
      training: findPreset("quick").training,
      metrics: {},
      corpusDigest: "0".repeat(64),
      parentVersion: null,
      codeVersion: "test",
    },
    vocabulary,
    weights,
  };
  return bands.length > 0 ? withBands(model, bands, random) : model;
}

function withBands(model: MasterModel, bands: Band[], random: () => number): MasterModel {
  const { hiddenSize: H, vocabularySize: V } = model.metadata.config;
  const metadata = { ...model.metadata, bands };
  const embedding = model.weights.get("embedding")!;
  const factors = bandsOfFile(metadata).map(({ begin, end, rank: R }) => {
    const up = orthonormalRows(R, H, random);
    const down = Float32Array.from({ length: H * R }, (_, at) => up[at % R]![Math.floor(at / R)]!);
    for (let word = begin; word < Math.min(end, V); word++) {
      const row = embedding.subarray(word * H, (word + 1) * H);
      const reduced = up.map((direction) => dot(direction, row));
      row.forEach((_, k) => (row[k] = reduced.reduce((sum, u, r) => sum + u * up[r]![k]!, 0)));
    }
    return { down, up: Float32Array.from(up.flat()) };
  });
  return { ...model, metadata, bands: factors };
}

/** R rows of H numbers; from the H-th on zeros. */
function orthonormalRows(R: number, H: number, random: () => number): number[][] {
  const rows: number[][] = [];
  for (let r = 0; r < R; r++) {
    let row = Array.from({ length: H }, () => 2 * random() - 1);
    for (const other of [...rows, ...rows]) {
      const share = dot(row, other);
      row = row.map((value, k) => value - share * other[k]!);
    }
    const length = Math.sqrt(dot(row, row));
    rows.push(row.map((value) => (r < H ? value / length : 0)));
  }
  return rows;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, value, at) => sum + value * b[at]!, 0);
}

/** Numbers in 0…1 that are the same on every run (a 32-bit xorshift). */
export function seededRandom(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** 27 → "ab": vocabularies hold words, and words hold letters. */
function letters(number: number): string {
  const rest = Math.floor(number / 26);
  return (rest > 0 ? letters(rest - 1) : "") + String.fromCharCode(97 + (number % 26));
}
