// training/evaluation/run-results: what a finished run is judged by: its model as the edge will run it, beside float32, the model
// that it was trained on from, and n-grams counted on the same text; and the mixture of the network with these.

import { writeEdgeFile } from "#model/edge-file";
import { withExtraWords } from "#inference/file-ngrams";
import type { NgramModel } from "#inference/ngram";
import type { MasterModel } from "#model/master-file";
import type { ModelMetrics, NeuralCacheSettings } from "#model/metadata";
import type { NgramTables } from "#model/ngram";
import { boundText } from "../data/bound-text.ts";
import type { Vocabulary } from "#model/vocabulary";
import type { Corpus, EncodedText } from "../data/corpus.ts";
import { buildNgrams, countsAlone, countText, MAX_COUNTED } from "../ngram/build-ngrams.ts";
import type { InheritedNgrams } from "../ngram/merge.ts";
import { mixtureProbabilities } from "../ngram/tune-mixture.ts";
import { openEdgeScorer, openMixtureScorer, openNeuralCache } from "./edge-scorer.ts";
import { evaluateText, evaluateWithCache } from "./evaluation.ts";
import { testFiguresOf } from "./metrics.ts";
import type { Evaluation } from "./metrics.ts";
import { NgramScorer } from "./ngram-scorer.ts";
import type { Scorer } from "./scoring.ts";
import type { Slice } from "./slices.ts";
import { countSecretNgrams } from "./secrets.ts";
import { tuneNeuralCache } from "./tune-cache.ts";
import { typeSentences } from "./type-sentences.ts";
import type { TypedSentences } from "./type-sentences.ts";
import type { Parent } from "../loop/warm-start.ts";

/** All over the same words: the test text, or its beginning. */
export interface RunResults {
  float32: Evaluation;
  int8: Evaluation;
  cached: Evaluation; // int8 with the neural cache
  mixture: { plain: Evaluation; cached: Evaluation } | null; // int8 with n-grams; null where they do not pay for their bytes
  slices: Slice[]; // as served, by file: for the report alone, since cards are for everybody
  neuralCache: NeuralCacheSettings;
  typing: TypedSentences; // the test text's first sentences, typed letter by letter as the edge serves the file
  kneserNey: Evaluation; // n-grams alone, with all words of the training text
  parent: { version: string; evaluation: Evaluation } | null; // in int8
}

export interface RunToMeasure {
  corpus: Corpus;
  master: MasterModel; // with the run's weights; gets the n-grams and the neural cache that are made for it
  float32: Scorer; // the same
  test: Evaluation; // of float32 on the whole test text
  parent: Parent | null; // the published model that it went on from
  signal?: AbortSignal;
  onProgress?: (tokensDone: number, tokens: number) => void;
}

const MAX_TOKENS = 50_000; // of the test text, scored several times

/** Adds n-grams and tunes the neural cache on the validation text, then measures on the test text. */
export async function measureRun(run: RunToMeasure): Promise<RunResults> {
  const { corpus, master, parent, signal, onProgress = () => {} } = run;
  const { vocabulary, words, splits, wordSplits } = corpus;
  const { metadata } = master;
  const text = boundText(splits.test, MAX_TOKENS);
  const wordText = boundText(wordSplits.test, MAX_TOKENS);
  const alone = await addMixture(run);
  const parts = 3 + Number(master.ngrams !== undefined) + Number(parent !== null);
  let part = 0;
  const watch = (vocabulary: Vocabulary) => {
    const before = part++ * text.ids.length;
    const total = parts * text.ids.length;
    const context = { vocabulary, tokenizer: metadata.tokenizer, signal };
    return { ...context, onProgress: (done: number) => onProgress(before + done, total) };
  };

  const edge = writeEdgeFile(master);
  const scorer = await openEdgeScorer(edge);
  const cache = await openNeuralCache(metadata.config.hiddenSize, metadata.neuralCache!);
  const network = await evaluateWithCache(scorer, cache, text, watch(vocabulary));
  const mixture = master.ngrams
    ? await evaluateWithCache(await openMixtureScorer(edge), cache, wordText, watch(words))
    : null;
  const { onProgress: typed } = watch(words);
  const characters = corpus.sentences.join(" ").length;
  return {
    float32:
      text.ids.length === run.test.tokens
        ? run.test
        : await evaluateText(run.float32, text, {
            vocabulary,
            tokenizer: metadata.tokenizer,
            signal,
          }),
    int8: network.plain,
    cached: network.cached,
    mixture: mixture && { plain: mixture.plain, cached: mixture.cached },
    slices: (mixture ?? network).slices,
    neuralCache: metadata.neuralCache!,
    typing: await typeSentences(edge, corpus.sentences, {
      signal,
      onProgress: (done) => typed((done / characters) * text.ids.length),
    }),
    kneserNey: await evaluateText(new NgramScorer(alone), wordText, watch(words)),
    parent: parent && {
      version: parent.version,
      evaluation: await evaluateParent(parent, corpus, text, watch(vocabulary)),
    },
  };
}

/** Gives the model its n-grams and the neural cache that is best beside them; returns the counts alone. */
async function addMixture({ corpus, master, parent, signal }: RunToMeasure): Promise<NgramModel> {
  const { vocabulary, words, splits, wordSplits } = corpus;
  const { endId, size: vocabularySize } = vocabulary;
  const { trainBegins: begins, onlyOfSeveral } = corpus;
  const train = wordSplits.train.ids;
  const inherited = parent?.master.ngrams && inheritedOf(parent.master, parent.master.ngrams);
  const text = { words, train, valid: wordSplits.valid.ids, begins, onlyOfSeveral, inherited };
  const counted = countText(text);
  const scorer = await openEdgeScorer(writeEdgeFile(master));
  const ngrams = await buildNgrams(scorer.network, text, counted, { signal });
  const tuning = { endId, vocabularySize, signal };
  const probabilities = ngrams && mixtureProbabilities(ngrams);
  const tuned = await tuneNeuralCache(
    scorer,
    splits.valid.ids,
    tuning,
    probabilities ? { ids: text.valid, probabilities } : undefined,
  );
  master.metadata.neuralCache = tuned.settings;
  if (ngrams) {
    master.metadata.ngram = ngrams.settings;
    master.ngrams = ngrams.tables;
  }
  if (master.metadata.sharing) {
    const held = { ids: train.subarray(0, MAX_COUNTED), begins };
    const secretNgrams = ngrams ? countSecretNgrams(held, ngrams.tables, endId) : 0;
    Object.assign(master.metadata.sharing, { secretNgrams });
  }
  return countsAlone(text, counted);
}

function inheritedOf({ vocabulary }: MasterModel, tables: NgramTables): InheritedNgrams {
  return { tables, words: withExtraWords(vocabulary, tables) };
}

/** The figures that a model's file carries of itself. */
export function metricsOf(
  test: Evaluation,
  validPerplexity: number,
  results: RunResults,
): ModelMetrics {
  const { int8, cached, mixture, typing, kneserNey, parent } = results;
  return {
    valid_perplexity: validPerplexity,
    ...testFiguresOf(test),
    int8_perplexity: int8.perplexity,
    cached_perplexity: cached.perplexity,
    kneser_ney_perplexity: kneserNey.perplexity,
    kneser_ney_keystroke_savings: kneserNey.keystrokeSavings,
    served_keystroke_savings: (mixture?.cached ?? cached).keystrokeSavings,
    typed_keystroke_savings: typing.savings,
    ...(mixture && {
      mixture_perplexity: mixture.plain.perplexity,
      mixture_cached_perplexity: mixture.cached.perplexity,
    }),
    ...(parent && { parent_perplexity: parent.evaluation.perplexity }),
  };
}

/** The parent reads the same words under its own vocabulary. */
async function evaluateParent(
  { master }: Parent,
  corpus: Corpus,
  text: EncodedText,
  context: { signal?: AbortSignal; onProgress: (tokensDone: number) => void },
): Promise<Evaluation> {
  const { vocabulary, metadata } = master;
  const known = Int32Array.from(corpus.vocabulary.entries, ({ word }) => vocabulary.idOf(word));
  const read = { ...text, ids: text.ids.map((id) => known[id]!) };
  const scorer = await openEdgeScorer(writeEdgeFile(master));
  return evaluateText(scorer, read, { ...context, vocabulary, tokenizer: metadata.tokenizer });
}
