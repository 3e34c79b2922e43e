// registry/compare-feedback: whether a canary's suggestions are accepted more often than the current version's, and how sure
// that is. Counting is the edge's.
//
//   r = Σa / Σn              the rate; a words were accepted of n in one report
//   Var r = Σ(a − r·n)² / (Σn)²   the words of one report have one writer, and are accepted or not together;
//                            never less than as if each stood alone
//   z = (p₁ − p₀) / √(Var r₁ + Var r₀), p = (Σa + 1) / (Σn + 2), so that few words prove nothing (Agresti and Caffo 2000)

import { z } from "zod";
import { feedbackKey } from "#model/layout";
import { acceptanceRate } from "#model/feedback";
import type { ModelFeedback, VersionFeedback } from "#model/feedback";
import { percent } from "#training/report/format";
import type { ObjectStore } from "./object-store.ts";
import { readStored } from "./stored-json.ts";

/** So sure one must be to call a version better. */
export const SURE = 0.95;

export interface Comparison {
  better: string | null; // the version, null where none is sure to be
  confidence: number; // that the one with the higher rate is the better, 0.5 … 1
  message: string; // the comparison in words
}

const count = z.number().min(0);
const feedback = z.object({
  versions: z.record(
    z.string(),
    z.looseObject({
      shown: count,
      accepted: count,
      typedOut: count,
      charactersSaved: z.number(),
      reports: count,
      acceptedSquared: count,
      acceptedTimesShown: count,
      shownSquared: count,
      updatedAt: z.string(),
    }),
  ),
});

/**
 * What was reported of a model's versions; nothing of any where there were no reports.
 * @throws Error where the object cannot be read
 * @example
 * const { versions } = await readFeedback(store, "notes");
 */
export async function readFeedback(store: ObjectStore, name: string): Promise<ModelFeedback> {
  return (await readStored(store, feedbackKey(name), feedback)) ?? { versions: {} };
}

/**
 * Compares the acceptance of a canary with the current version's.
 *
 * @example compareFeedback(versions, { current: pointer.version, canary: pointer.canary.version }).better;
 */
export function compareFeedback(
  versions: ModelFeedback["versions"],
  { current, canary }: { current: string; canary: string },
): Comparison {
  const [first, second] = [versions[current], versions[canary]];
  const rates = [first, second].map((total) => (total ? acceptanceRate(total) : null));
  const [before, after] = rates;
  if (!first || !second || before == null || after == null) {
    const missing = before == null ? current : canary;
    const message = `nothing was reported of ${missing} yet, so there is nothing to compare`;
    return { better: null, confidence: 0.5, message };
  }
  const deviation = Math.sqrt(varianceOf(first, before) + varianceOf(second, after));
  const confidence = normal(Math.abs(smoothedRate(second) - smoothedRate(first)) / deviation);
  const higher = after >= before ? canary : current;
  const isSure = confidence >= SURE;
  const counts =
    `${canary} had ${describe(second, after)}, ${current} ${describe(first, before)}; ` +
    `the sureness that ${higher} is better is ${percent(confidence)}`;
  const advice = isSure
    ? `${higher} is better`
    : `neither is sure to be better: wait for more, ${100 * SURE} % is asked for`;
  return { better: isSure ? higher : null, confidence, message: `${advice}: ${counts}` };
}

function describe({ shown, accepted }: VersionFeedback, rate: number): string {
  return `${accepted} of ${shown} accepted (${percent(rate)})`;
}

function smoothedRate({ shown, accepted }: VersionFeedback): number {
  return (accepted + 1) / (shown + 2);
}

function varianceOf(total: VersionFeedback, rate: number): number {
  const { shown, acceptedSquared, acceptedTimesShown, shownSquared } = total;
  const residuals = acceptedSquared - 2 * rate * acceptedTimesShown + rate ** 2 * shownSquared;
  const clustered = residuals / shown ** 2;
  const smoothed = smoothedRate(total);
  return Math.max(clustered, (smoothed * (1 - smoothed)) / (shown + 2));
}

/** The normal distribution's function at z ≥ 0, to 7 digits (Abramowitz and Stegun 26.2.17). */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const sum =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 1 - (Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI)) * sum;
}
