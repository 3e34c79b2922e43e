// registry/gate: whether a model may take the place of the current one: what is asked of it, in numbers. Measuring them
// is measure-release's, moving the pointer the store's.

import { MAX_MODEL_BYTES, megabytes } from "#inference/memory-plan";
import type { FileComparison } from "./compare-files.ts";
import type { MeasuredSecrets } from "./measure-secrets.ts";

/** A candidate's perplexity may be so much above the current version's, relatively: as much as a seed moves it. */
export const PERPLEXITY_TOLERANCE = 0.01;
/** Of fewer held-out tokens, of a text or of a file, a comparison says little. */
const FEW_TOKENS = 1_000;
/**
 * A file's perplexity may be so much above the current version's, relatively, before the gate warns of it: of FEW_TOKENS tokens
 * another seed moves it by less. The version is not refused for it: a text that changes makes some files worse and others better.
 */
export const FILE_TOLERANCE = 0.1;
const NAMED_FILES = 3; // in a warning
/** So far int8 may be from float32 in perplexity, relatively. */
export const INT8_TOLERANCE = 0.005;
/** To read a word and rank the next: the processor time that the smallest plan gives a request. */
export const MAX_MILLISECONDS_PER_TOKEN = 10;
/** Bits of exposure that words of one document may have on average: 1 is chance (Carlini et al. 2019). */
export const MAX_EXPOSURE = 3;

/** What was measured of a candidate, over the same words as of the current version. */
export interface ReleaseMeasurements {
  tokens: number;
  float32Perplexity: number;
  int8Perplexity: number; // of the edge file, through the edge's own kernel
  perplexity: number; // the same, with unknown words told apart: see measure-release
  currentPerplexity: number | null; // likewise, of the current edge file; null where there is nothing to compare with
  files?: FileComparison[] | null; // the two perplexities by file; empty of a text of one file
  memoryBytes: number; // as inference/memory-plan counts
  millisecondsPerToken: number;
  secrets?: MeasuredSecrets | null; // of a model for others; null where its text is not at hand and its run says nothing
}

/** One condition of the gate, and how a version meets it. */
export interface GateCheck {
  name: "perplexity" | "int8" | "memory" | "speed" | "secrets" | "exposure" | "files";
  value: number;
  limit: number; // value may be this, not more
  passed: boolean;
  warning?: true; // it passed all the same, and somebody should read its message
  message: string; // the check in words
}

/**
 * Holds the measurements against the limits; the candidate may become current if every check passed.
 * @example
 * checkGate(measured).every(({ passed }) => passed); // true: it may become current
 */
export function checkGate(
  measured: ReleaseMeasurements,
  tolerance = PERPLEXITY_TOLERANCE,
): GateCheck[] {
  const { float32Perplexity, perplexity, currentPerplexity } = measured;
  const checks: GateCheck[] = [];
  const check = (name: GateCheck["name"], value: number, limit: number, message: string) =>
    checks.push({ name, value, limit, passed: value <= limit, message });

  if (currentPerplexity !== null) {
    const limit = currentPerplexity * (1 + tolerance);
    check("perplexity", perplexity, limit, compare(measured.tokens, perplexity / currentPerplexity - 1, tolerance)); // prettier-ignore
  }
  if (measured.files && measured.files.length > 0) checks.push(checkFiles(measured.files));
  const apart = Math.abs(measured.int8Perplexity / float32Perplexity - 1);
  check(
    "int8",
    apart,
    INT8_TOLERANCE,
    `int8 is ${percent(apart)} from float32; at most ${percent(INT8_TOLERANCE)}`,
  );
  const { memoryBytes, millisecondsPerToken } = measured;
  check(
    "memory",
    memoryBytes,
    MAX_MODEL_BYTES,
    `${megabytes(memoryBytes)} of the isolate's memory; at most ${megabytes(MAX_MODEL_BYTES)}`,
  );
  check(
    "speed",
    millisecondsPerToken,
    MAX_MILLISECONDS_PER_TOKEN,
    `${millisecondsPerToken.toFixed(2)} ms a token on this machine; at most ${MAX_MILLISECONDS_PER_TOKEN} ms`,
  );
  if (measured.secrets === null) check("secrets", Number.NaN, 0, UNTOLD);
  else if (measured.secrets) checkSecrets(measured.secrets, check);
  return checks;
}

/** Warns of files that are predicted worse than before; refuses nothing. */
function checkFiles(files: FileComparison[]): GateCheck {
  const compared = files
    .filter(({ tokens }) => tokens >= FEW_TOKENS)
    .map((file) => ({ ...file, above: file.perplexity / file.currentPerplexity - 1 }))
    .sort((a, b) => b.above - a.above);
  const check = { name: "files", value: compared[0]?.above ?? 0, limit: FILE_TOLERANCE, passed: true } as const; // prettier-ignore
  if (compared.length === 0) {
    const message = `no file has ${FEW_TOKENS} held-out tokens: none of the ${files.length} is compared by itself`;
    return { ...check, message };
  }
  const worse = compared.filter(({ above }) => above > FILE_TOLERANCE);
  const message =
    `${worse.length} of ${compared.length} files with ${FEW_TOKENS} held-out tokens or more have a perplexity more than ` +
    `${percent(FILE_TOLERANCE)} above the current version's`;
  if (worse.length === 0) return { ...check, message };
  const named = worse
    .slice(0, NAMED_FILES)
    .map(({ file, above, tokens }) => `"${file}" ${percent(above)} on ${tokens} tokens`);
  const more = worse.length > NAMED_FILES ? ", …" : "";
  return { ...check, warning: true, message: `${message}: ${named.join(", ")}${more}` };
}

/**
 * The checks that passed and should be read all the same.
 * @example
 * warningsOf(checks).map(({ message }) => message); // ["1 of 4 files with 1000 held-out tokens or more …"]
 */
export function warningsOf(checks: GateCheck[]): GateCheck[] {
  return checks.filter(({ warning }) => warning);
}

const UNTOLD =
  "nothing says what one document alone told the model: the text that it was trained on is not at hand; name it with --corpus";

/** What one document alone says, a model for others must not. */
function checkSecrets(
  { words, ngrams, exposure, settings }: MeasuredSecrets,
  check: (name: GateCheck["name"], value: number, limit: number, message: string) => void,
): void {
  const finding = `${words} words and ${ngrams} n-grams of the model stand in one document of its text alone`;
  const { minCount, scrub } = settings;
  const given = [
    ...(minCount < 2 ? [`--min-count ${minCount}`] : []),
    ...(scrub ? [] : ["--no-scrub"]),
  ].join(" and ");
  const advice =
    `: whoever may predict can have them by their first letters; it was trained with ${given || "an earlier release"}: train it with --shared and ` +
    "its defaults, or, where its writer alone uses it, promote it with --force";
  const isHeld = words + ngrams > 0;
  check("secrets", words + ngrams, 0, isHeld ? finding + advice : `${finding}; at most 0`);
  if (Number.isNaN(exposure)) return; // as its run counted: the text has changed since
  check(
    "exposure",
    exposure,
    MAX_EXPOSURE,
    `words that one document alone holds have an exposure of ${exposure.toFixed(1)} bits; at most ${MAX_EXPOSURE}, 1 is chance`,
  );
}

/** By how much, not how much: the text is another than that of the versions' own perplexities, and so are these. */
function compare(tokens: number, above: number, tolerance: number): string {
  const side = above < 0 ? "below" : "above";
  const few = tokens < FEW_TOKENS ? ", too few to tell small differences" : "";
  return (
    `perplexity ${percent(Math.abs(above))} ${side} what the current version has on the same ${tokens} tokens${few}; ` +
    `at most ${percent(tolerance)} above`
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
