// training/evaluation/metrics: what a model is measured by: one table, from which come the figures in a model's metadata and card,
// the JSON that scripts read, and the tables of the command line and the report. A new metric is an entry here and, where it
// adds up something new, a field of metrics-accumulator.

import type { Coverage } from "./coverage.ts";
import type { KeystrokeCounter } from "./keystrokes.ts";

/** What is added up over the tokens of a text. */
export interface MetricTotals {
  tokens: number;
  logProbability: number; // of the words that came, in nats
  right: number; // times the most probable word came
  firstThree: number; // times the word that came was among the three most probable
  firstFive: number;
  reciprocalRanks: number; // sum of 1 ÷ the rank of the word that came
  unknown: number; // tokens that the vocabulary lacks
  keystrokes: KeystrokeCounter;
  bins: { confidence: number; right: number }[]; // by the first word's probability
}

/** What of it is added up for each file of a text too. */
export type FileTotals = Pick<MetricTotals, "tokens" | "logProbability" | "unknown" | "firstFive">;

/** How a figure is written for people. */
type Format = "number" | "share" | "reciprocal";

export interface Metric {
  key: string; // its name in JSON
  label: string; // in tables
  format: Format;
  of: (totals: MetricTotals) => number;
}

const METRICS = {
  perplexity: {
    key: "perplexity",
    label: "perplexity",
    format: "number",
    of: ({ logProbability, tokens }: FileTotals) => Math.exp(-logProbability / tokens),
  },
  /** How often the most probable word is the next. */
  accuracy: {
    key: "accuracy",
    label: "next word right",
    format: "share",
    of: ({ right, tokens }) => right / tokens,
  },
  /** How often the next word is among the three most probable. */
  top3: {
    key: "top3",
    label: "among first three",
    format: "share",
    of: ({ firstThree, tokens }) => firstThree / tokens,
  },
  top5: {
    key: "top5",
    label: "among first five",
    format: "share",
    of: ({ firstFive, tokens }: FileTotals) => firstFive / tokens,
  },
  /** 1 ÷ the next word's rank, on average. */
  meanReciprocalRank: {
    key: "mean_reciprocal_rank",
    label: "mean reciprocal rank",
    format: "reciprocal",
    of: ({ reciprocalRanks, tokens }) => reciprocalRanks / tokens,
  },
  keystrokeSavings: {
    key: "keystroke_savings",
    label: "keystrokes saved",
    format: "share",
    of: ({ keystrokes }) => keystrokes.savings,
  },
  /** What a model that knows each next word would save with this vocabulary. */
  keystrokeCeiling: {
    key: "keystroke_ceiling",
    label: "at most, its words",
    format: "share",
    of: ({ keystrokes }) => keystrokes.ceiling,
  },
  /** And with all words that were typed earlier in the text. */
  sessionCeiling: {
    key: "keystroke_ceiling_of_session",
    label: "and words typed before",
    format: "share",
    of: ({ keystrokes }) => keystrokes.ceilingOfSession,
  },
  /** What could be saved besides, were no word unknown. */
  lostToUnknown: {
    key: "keystrokes_lost_to_unknown",
    label: "lost to unknown words",
    format: "share",
    of: ({ keystrokes }) => keystrokes.lostToUnknown,
  },
  /** Expected calibration error (Guo et al. 2017): |mean confidence − accuracy| over bins of confidence. */
  calibrationError: {
    key: "calibration_error",
    label: "calibration error",
    format: "share",
    of: ({ bins, tokens }) =>
      bins.reduce((sum, { confidence, right }) => sum + Math.abs(confidence - right), 0) / tokens,
  },
  unknownRate: {
    key: "unknown_rate",
    label: "unknown words",
    format: "share",
    of: ({ unknown, tokens }: FileTotals) => unknown / tokens,
  },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof METRICS;

/** A model's figures on a text. */
export type Evaluation = Record<MetricName, number> & {
  tokens: number;
  byFrequency: FrequencyBand[];
  coverage: Coverage[];
};

/** The words that the training text has so often, and what became of them. */
export interface FrequencyBand {
  least: number; // times in the training text
  tokens: number;
  accuracy: number;
  top3: number;
  perplexity: number;
  guessed: number[]; // how often a word of each band stood first in their place
}

const metrics = Object.entries(METRICS) as [MetricName, Metric][];

/** Every metric of what was added up. */
export function computeMetrics(totals: MetricTotals): Record<MetricName, number> {
  const values = metrics.map(([name, { of }]) => [name, of(totals)]);
  return Object.fromEntries(values) as Record<MetricName, number>;
}

const FILE_METRICS = ["perplexity", "unknownRate", "top5"] as const satisfies MetricName[];

/** A model's figures on one file of a text. */
export type FileFigures = Record<(typeof FILE_METRICS)[number], number> & { tokens: number };

/** Every metric of a file. */
export function computeFileMetrics(totals: FileTotals): FileFigures {
  const values = FILE_METRICS.map((name) => [name, METRICS[name].of(totals)]);
  return { tokens: totals.tokens, ...Object.fromEntries(values) } as FileFigures;
}

/** What a table of files tells of each, and its name in JSON. */
export const FILE_TABLE_METRICS = FILE_METRICS.map((name) => ({
  key: METRICS[name].key,
  label: METRICS[name].label,
  of: (figures: FileFigures) => figures[name],
  write: (figures: FileFigures) => writeMetric(name, figures[name]),
}));

/** The figures in the names that scripts read; those of the test split where a file holds other figures too. */
export function figuresOf(evaluation: Evaluation): { tokens: number } & Record<string, number> {
  const figures = metrics.map(([name, { key }]) => [key, evaluation[name]]);
  return { tokens: evaluation.tokens, ...Object.fromEntries(figures) };
}

/** The same among figures of other texts: tokens and perplexity say that they are the test text's. */
export function testFiguresOf(evaluation: Evaluation): Record<string, number> {
  const { tokens, perplexity, ...others } = figuresOf(evaluation);
  return { test_tokens: tokens, test_perplexity: perplexity!, ...others };
}

/** What a table compares models by: a label, and how a figure is written. */
export const TABLE_METRICS = metrics.map(([name, { label }]) => ({
  label,
  write: (evaluation: Evaluation) => writeMetric(name, evaluation[name]),
}));

/** A figure for people, e.g. `21.32 %`. */
export function writeMetric(name: MetricName, value: number): string {
  if (!Number.isFinite(value)) return "none";
  const { format } = METRICS[name];
  if (format === "share") return `${(100 * value).toFixed(2)} %`;
  return value.toFixed(format === "number" ? 2 : 4);
}
