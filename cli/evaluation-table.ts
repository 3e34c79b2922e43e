// cli/evaluation-table: an evaluation as a script reads it and as a person does.

import type { FullEvaluation } from "#training/evaluation/full-evaluation";
import type { Variants } from "#training/evaluation/evaluation";
import {
  FILE_TABLE_METRICS,
  figuresOf,
  TABLE_METRICS,
  writeMetric,
} from "#training/evaluation/metrics";
import type { Evaluation } from "#training/evaluation/metrics";
import { nameSlice } from "#training/evaluation/slices";
import type { Slice } from "#training/evaluation/slices";

/** The figures of the model as it was given come first: float32 of a master file, int8 of an edge file. */
export function toJson(evaluation: FullEvaluation) {
  const { float32, int8, mixture, base, kneserNey, typing, neuralCache } = evaluation;
  const { savings, ceiling, sessionCeiling, ...typed } = typing;
  return {
    ...figuresOf((float32 ?? int8).carried),
    float32: float32 && variants(float32),
    int8: variants(int8),
    mixture: mixture && variants(mixture),
    served: figuresOf((mixture ?? int8).carriedCached),
    slices: (mixture ?? int8).slices.map(sliceFigures),
    base: base && figuresOf(base),
    kneser_ney: kneserNey && figuresOf(kneserNey),
    typing: {
      ...typed,
      keystroke_savings: savings,
      keystroke_ceiling: ceiling,
      keystroke_ceiling_of_session: sessionCeiling,
    },
    neural_cache: neuralCache,
  };
}

function variants({ carried, carriedCached, sentences, sentencesCached }: Variants) {
  return {
    carried: figuresOf(carried),
    carried_cached: figuresOf(carriedCached),
    sentences: figuresOf(sentences),
    sentences_cached: figuresOf(sentencesCached),
  };
}

function sliceFigures(slice: Slice) {
  const { file, files, tokens } = slice;
  const figures = FILE_TABLE_METRICS.map(({ key, of }) => [key, of(slice)]);
  return { file, files, tokens, ...Object.fromEntries(figures) };
}

/** A column for each way of scoring, the base model and the n-grams to beat last. */
export function toTable({
  float32,
  int8,
  mixture,
  base,
  kneserNey,
  typing,
  neuralCache,
}: FullEvaluation): string {
  const columns: [string, Evaluation][] = [];
  const addVariants = (name: string, scored: Variants) =>
    columns.push(
      [name, scored.carried],
      [`${name}+cache`, scored.carriedCached],
      [`${name}, reset`, scored.sentences],
      ["reset+cache", scored.sentencesCached],
    );
  if (float32) addVariants("float32", float32);
  addVariants("int8", int8);
  if (mixture) {
    columns.push(["mixture", mixture.carried], ["mixture+cache", mixture.carriedCached]);
  }
  if (base) columns.push(["base alone", base]);
  if (kneserNey) columns.push(["n-grams alone", kneserNey]);
  const { tokens } = int8.carried;
  const { window, theta, lambda } = neuralCache;
  const width = Math.max(...columns.map(([name]) => name.length), 8) + 2;
  const first = Math.max(...TABLE_METRICS.map(({ label }) => label.length)) + 1;
  const line = (label: string, cells: string[]) =>
    label.padEnd(first) + cells.map((cell) => cell.padStart(width)).join("");
  return [
    `${tokens} tokens; at most: what a model that knows each next word would save with the words it may offer, and with those that ` +
      "were typed before as a session may",
    "mixture: with the file's n-grams; it and the n-grams alone know more words, so their perplexities compare with each other only",
    ...(base
      ? [
          "base alone: the base model as it is served, with words of its own, so only what it saves compares",
        ]
      : []),
    `reset: the state at each sentence; cache: window ${window}, theta ${theta}, lambda ${lambda}`,
    "",
    line(
      "",
      columns.map(([name]) => name),
    ),
    ...TABLE_METRICS.map(({ label, write }) =>
      line(
        label,
        columns.map(([, evaluation]) => write(evaluation)),
      ),
    ),
    "",
    `typed letter by letter into a session, as served: ${writeMetric("keystrokeSavings", typing.savings)} of the keystrokes saved ` +
      `(the first ${typing.sentences} sentences, with marks and capitals), of at most ${writeMetric("keystrokeCeiling", typing.ceiling)} with the ` +
      `model's words and ${writeMetric("sessionCeiling", typing.sessionCeiling)} with those typed before`,
    ...sliceLines((mixture ?? int8).slices),
  ].join("\n");
}

const MAX_NAME = 48; // characters of a path that are shown

/** A row for each file, as served. */
function sliceLines(slices: Slice[]): string[] {
  if (slices.length === 0) return [];
  const names = slices.map((slice) => {
    const name = nameSlice(slice);
    return name.length > MAX_NAME ? `…${name.slice(1 - MAX_NAME)}` : name;
  });
  const labels = FILE_TABLE_METRICS.map(({ label }) => label);
  const first = Math.max(...names.map((name) => name.length)) + 2;
  const line = (name: string, cells: string[]) =>
    name.padEnd(first) + cells.map((cell) => cell.padStart(19)).join("");
  return [
    "",
    "by file, as served, the worst of the largest first:",
    line("", ["tokens", ...labels]),
    ...slices.map((slice, at) =>
      line(names[at]!, [
        String(slice.tokens),
        ...FILE_TABLE_METRICS.map(({ write }) => write(slice)),
      ]),
    ),
  ];
}
