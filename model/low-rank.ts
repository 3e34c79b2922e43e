// model/low-rank: the frequency bands of a large vocabulary, whose rarer words have embedding rows of low rank in the edge file
// (as in Baevski & Auli 2019 and Lan et al. 2020). How the factors are found is training's.
//
// H hidden size, V vocabulary size, R rank of a band. A word's row e is u · up with u = e · down, so the edge file holds R numbers
// of each word in the band. The words before the first band are the head, whose rows are whole.

import type { LanguageModelConfig } from "./hyper-parameters.ts";
import { BLOCK_ROWS } from "./quantisation.ts";
import type { TensorEntry, TensorToWrite } from "./safetensors.ts";

/** Words whose rows have the same low rank, as the metadata of a file says it. */
export interface Band {
  begin: number; // words from this id on, up to the next band
  rank: number; // R
}

/** The factors of a band in float32. */
export interface BandFactors {
  down: Float32Array; // [H, R]
  up: Float32Array; // [R, H]
}

// Measured with 50,000 words and H 320: perplexity + 0.1 to 0.3 %, 40 % of the bytes.
const BANDS = [
  { begin: 4_096, share: 0.4 }, // of H, the rank
  { begin: 8_192, share: 0.3 },
  { begin: 16_384, share: 0.15 },
  { begin: 32_768, share: 0.08 },
];
/** With fewer words the rows are no burden. */
const MIN_WORDS = 16_384;
const RANK_STEP = 16; // bytes that a kernel reads at once

/**
 * The bands that a model's edge file should have.
 * @returns none where its vocabulary is too small to gain by them, or the embedding is not the softmax's
 * @example
 * bandsOf(config)[0]; // { begin: 4096, rank: 128 }, where V is 50,000 and H 320
 */
export function bandsOf({ vocabularySize: V, hiddenSize: H, tied }: LanguageModelConfig): Band[] {
  if (!tied || V <= MIN_WORDS) return [];
  return BANDS.filter(({ begin }) => begin < V).map(({ begin, share }) => ({
    begin,
    rank: Math.ceil((H * share) / RANK_STEP) * RANK_STEP,
  }));
}

/**
 * @throws Error where bands cannot be those of such a model
 * @example
 * checkBands([{ begin: 4096, rank: 128 }], config);
 */
export function checkBands(bands: readonly Band[], config: LanguageModelConfig): void {
  const { vocabularySize: V, hiddenSize: H, tied } = config;
  const isMultiple = (value: number, of: number) => value > 0 && value % of === 0;
  const fit = bands.every(
    ({ begin, rank }, at) =>
      isMultiple(begin, BLOCK_ROWS) &&
      begin > (bands[at - 1]?.begin ?? 0) &&
      begin < V &&
      isMultiple(rank, RANK_STEP) &&
      rank < H + RANK_STEP,
  );
  if (fit && (tied || bands.length === 0)) return;
  throw new Error(
    `bands of low rank belong to tied models, begin in ascending order at multiples of ${BLOCK_ROWS} below their ${V} words, ` +
      `with ranks that are multiples of ${RANK_STEP} and no larger than their rows, got ${JSON.stringify(bands)}`,
  );
}

/**
 * The tensors of a master file that hold the factors.
 * @example
 * bandTensors(factors, { bands, hiddenSize: 320 })[0]; // { name: "band.0.down", dtype: "F32", shape: [320, 128], data }
 */
export function bandTensors(
  factors: readonly BandFactors[],
  { bands, hiddenSize: H }: { bands: readonly Band[]; hiddenSize: number },
): TensorToWrite[] {
  return bands.flatMap(({ rank: R }, index) => {
    const { down, up } = factors[index]!;
    return [
      { name: `band.${index}.down`, dtype: "F32", shape: [H, R], data: down },
      { name: `band.${index}.up`, dtype: "F32", shape: [R, H], data: up },
    ];
  });
}

/**
 * The factors of a master file.
 * @throws Error where it lacks them, or they are not of that size
 * @example
 * readBands(tensors, file, { bands, hiddenSize: 320 })[0].up; // [128, 320]
 */
export function readBands(
  tensors: Map<string, TensorEntry>,
  file: Uint8Array,
  { bands, hiddenSize: H }: { bands: readonly Band[]; hiddenSize: number },
): BandFactors[] {
  const read = (name: string, shape: number[]) => {
    const entry = tensors.get(name);
    if (entry?.dtype !== "F32" || entry.shape.join() !== shape.join()) {
      throw new Error(`model file lacks F32 "${name}" [${shape.join(", ")}]; write it again`);
    }
    return new Float32Array(new Uint8Array(file.subarray(entry.begin, entry.end)).buffer);
  };
  return bands.map(({ rank: R }, index) => ({
    down: read(`band.${index}.down`, [H, R]),
    up: read(`band.${index}.up`, [R, H]),
  }));
}
