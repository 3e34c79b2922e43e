// registry/gate: whether a model may take the place of the current one: what is asked of it, in numbers. Measuring them
// is measure-release's, moving the pointer the store's.

import { MAX_MODEL_BYTES } from "#inference/memory-plan";

/** A candidate's perplexity may be so much above the current version's, relatively: as much as a seed moves it. */
export const PERPLEXITY_TOLERANCE = 0.01;
/** So far int8 may be from float32 in perplexity, relatively. */
export const INT8_TOLERANCE = 0.005;
/** To read a word and rank the next: the processor time that the smallest plan gives a request. */
export const MAX_MILLISECONDS_PER_TOKEN = 10;

/** What was measured of a candidate, over the same words as of the current version. */
export interface ReleaseMeasurements {
  tokens: number;
  float32Perplexity: number;
  int8Perplexity: number; // of the edge file, through the edge's own kernel
  perplexity: number; // the same, with unknown words told apart: see measure-release
  currentPerplexity: number | null; // likewise, of the current edge file; null where there is nothing to compare with
  memoryBytes: number; // as inference/memory-plan counts
  millisecondsPerToken: number;
}

export interface GateCheck {
  name: "perplexity" | "int8" | "memory" | "speed";
  value: number;
  limit: number; // value may be this, not more
  passed: boolean;
  message: string; // the check in words
}

/** Holds the measurements against the limits; the candidate may become current if every check passed. */
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
    const message =
      `perplexity ${perplexity.toFixed(2)}; the current version has ${currentPerplexity.toFixed(2)} on the same ` +
      `${measured.tokens} tokens, which allows at most ${limit.toFixed(2)}`;
    check("perplexity", perplexity, limit, message);
  }
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
  return checks;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
