// training/report/card: a run's model card: what the model is, what it was trained on and for, how good it is and what
// it cost, under the headings of Mitchell et al. 2019.

import { cpus } from "node:os";
import { countParameters } from "#model/tensors";
import type { ModelMetadata } from "#model/metadata";
import { nameCorpus } from "../data/name-corpus.ts";
import type { Corpus } from "../data/corpus.ts";
import type { Evaluation } from "../evaluation/metrics.ts";
import type { RunResults } from "../evaluation/run-results.ts";
import type { RunSettings } from "../run/settings.ts";

export interface RunCost {
  trainingSeconds: number;
  wordsPerSecond: number;
  machine: string; // e.g. `2 × AMD EPYC`
}

export interface FinishedRun {
  settings: RunSettings;
  metadata: ModelMetadata;
  corpus: Pick<Corpus, "splits" | "vocabulary" | "digest">;
  results: RunResults;
  cost: RunCost;
}

/** The machine that this runs on, in words. */
export function nameMachine(): string {
  const [first, ...others] = cpus();
  return `${others.length + 1} × ${first?.model.trim() ?? "unknown processor"}`;
}

/** What `card.json` holds; names as scripts read them. */
export function makeCard({ settings, metadata, corpus, results, cost }: FinishedRun) {
  const { config, tokenizer, training, metrics, parentVersion, codeVersion } = metadata;
  const { splits, vocabulary } = corpus;
  return {
    model_details: {
      kind: "LSTM language model that predicts the next word (Zaremba et al. 2014)",
      parameters: countParameters(config),
      config,
      tokenizer,
      neural_cache: metadata.neuralCache,
    },
    intended_use: {
      for: "offering the next words, and completions of a word begun, to somebody who types text like the training text",
      not_for: "writing text by itself, answering questions, or judging people by what they write",
    },
    training_data: {
      corpus: nameCorpus(settings.corpus),
      sha256: corpus.digest,
      licence: settings.corpusLicence ?? "not stated",
      tokens: splits.train.ids.length,
      vocabulary: vocabulary.size,
    },
    evaluation_data: {
      corpus: nameCorpus(settings.corpus),
      how: "text held out of the same corpus: one part to choose the best epoch and tune the cache by, one to test",
      tokens: { valid: splits.valid.ids.length, test: splits.test.ids.length },
    },
    settings: {
      ...training,
      engine: settings.engine,
      threads: settings.threads,
      minutes: settings.minutes ?? null,
    },
    metrics,
    quantitative_analyses: {
      tokens: results.float32.tokens,
      float32_perplexity: results.float32.perplexity,
      int8_perplexity: results.int8.perplexity,
      cached_perplexity: results.cached.perplexity,
      mixture_perplexity: results.mixture?.plain.perplexity ?? null,
      mixture_cached_perplexity: results.mixture?.cached.perplexity ?? null,
      kneser_ney_perplexity: results.kneserNey.perplexity,
      keystroke_savings: {
        network: results.int8.keystrokeSavings,
        network_cached: results.cached.keystrokeSavings,
        ngrams: results.kneserNey.keystrokeSavings,
        mixture: results.mixture?.plain.keystrokeSavings ?? null,
        served: (results.mixture?.cached ?? results.cached).keystrokeSavings,
        parent: results.parent?.evaluation.keystrokeSavings ?? null,
      },
      parent_perplexity: results.parent?.evaluation.perplexity ?? null,
      // of lists with a min_probability, as served without a session
      coverage: (results.mixture?.plain ?? results.int8).coverage,
      by_word_frequency: results.int8.byFrequency.map(bandFigures),
    },
    lineage: {
      parent_version: parentVersion,
      words: settings.parent?.words ?? null, // kept, new and dropped
      code_version: codeVersion,
    },
    cost: {
      training_seconds: cost.trainingSeconds,
      words_per_second: cost.wordsPerSecond,
      machine: cost.machine,
    },
    caveats:
      "It repeats what its text says, names and prejudice among it, and knows no word that the text has too seldom; " +
      "perplexities compare only over the same text and vocabulary.",
  };
}

function bandFigures({ least, tokens, accuracy, top3, perplexity }: Evaluation["byFrequency"][0]) {
  return { least_count: least, tokens, accuracy, top3, perplexity };
}
