// job/worth-training: whether training a model again can help, asked before it costs anything: how much of its text has changed
// since the current version, and how well that version predicts what is new. Trains nothing.

import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { TrainingPlan } from "#config/training-plan";
import { LanguageModel } from "#inference/language-model";
import { runSteps } from "#inference/run-steps";
import { scoreSteps } from "#inference/scoring";
import type { TrainingSettings } from "#model/hyper-parameters";
import { edgeKey } from "#model/layout";
import { tokenizerOf } from "#model/tokenizers/find";
import { readFinished } from "#model/tokenizers/tokenizer";
import { requireCorpus } from "#registry/corpora";
import type { ObjectStore } from "#registry/object-store";
import { StoredRun } from "#registry/stored-run";
import { readCard } from "#registry/version-card";
import type { VersionCard } from "#registry/version-card";
import { readPointer } from "#registry/versions";
import type { CorpusManifest } from "#training/data/manifest";
import { readEdgeModule } from "#training/evaluation/edge-scorer";
import { readBase } from "#training/loop/base-model";
import { chooseSettings } from "#training/loop/choose-settings";
import { percent } from "#training/report/format";
import { CODE_VERSION } from "#training/run/code-version";
import { readRunSettings } from "#training/run/settings";
import { planChoices } from "./beginning.ts";

/** What speaks for or against training again. */
export interface Worth {
  helps: boolean;
  reason: string; // in words, with the figures
  version: string; // the current one
  card: VersionCard;
}

/** A change of less than this share of the text is not worth a training where the current version predicts it well. */
const MIN_CHANGE = 0.01;
/** As many times the perplexity of held-out text is still predicting well. */
const MAX_SURPRISE = 1.25;
const MAX_TOKENS = 5_000; // of new text

/**
 * Measures the text of a plan beside the current version's.
 * @returns null where there is nothing to compare: a first model, other settings, another release
 * @throws where a run could not go on from the current version as the plan asks
 */
export async function weighTraining(store: ObjectStore, plan: TrainingPlan): Promise<Worth | null> {
  const pointer = await readPointer(store, plan.model);
  const card = pointer && (await readCard(store, plan.model, pointer.version));
  if (!card?.manifest || !(await isSameRecipe(store, plan, card))) return null;
  const { version } = card;
  const { changed, changedBytes, bytes } = await compareText(store, plan.corpus, card.manifest);
  if (changedBytes === 0) {
    const settings = plan.from === "current" ? "" : ", and so are the settings";
    const reason = `the text is the one that version ${version} was trained on${settings}`;
    return { helps: false, reason, version, card };
  }
  const share = changedBytes / Math.max(bytes, 1);
  const { perplexity, unknownRate } = await scoreNew(store, plan.model, card, changed);
  const { mixture_perplexity, int8_perplexity, unknown_rate = 0 } = card.metrics;
  const before = mixture_perplexity ?? int8_perplexity ?? 0;
  const reason =
    `${percent(share)} of the text changed since version ${version}, which predicts what is new with perplexity ` +
    `${perplexity.toFixed(1)} and ${percent(unknownRate)} unknown words; its held-out text has ${before.toFixed(1)} and ${percent(unknown_rate)}`;
  const isPredicted = perplexity <= MAX_SURPRISE * before && unknownRate <= unknown_rate;
  return { helps: share >= MIN_CHANGE || !isPredicted, reason, version, card };
}

/**
 * Whether the current version was trained as the plan would, or, where the plan goes on from it, is one to go on from: by
 * whatever settings it came to be, the same text teaches it little more.
 */
async function isSameRecipe(
  store: ObjectStore,
  plan: TrainingPlan,
  card: VersionCard,
): Promise<boolean> {
  const { run, codeVersion, version } = card;
  if (run === undefined || codeVersion !== CODE_VERSION) return false;
  const settings = await readRunSettings(new StoredRun(store, `runs/${run}/`));
  if (!settings || settings.minutes !== plan.minutes) return false;
  if (plan.from === "current") {
    chooseSettings(plan, { version, master: { metadata: card } }); // throws where it has another shape
    return plan.language === undefined || settings.language === plan.language;
  }
  const base = plan.from && (await readBase());
  const { model, training } = chooseSettings(plan, base);
  return (
    settings.parent?.version === base?.version &&
    isDeepStrictEqual(settings.model, model) &&
    isDeepStrictEqual(withoutChosen(settings.training, plan), withoutChosen(training, plan)) &&
    settings.tokenizer === plan.tokenizer &&
    settings.language === (plan.language ?? base?.master.metadata.language)
  );
}

/** Settings without those that a run of the plan chooses by its text or its machine. */
function withoutChosen(training: TrainingSettings, plan: TrainingPlan): Partial<TrainingSettings> {
  const { epochs, maxLrEpoch, lrDecay, batchSize, keepProb, ...others } = training;
  const { chooseEpochs, chooseBatchSize, chooseKeepProb } = planChoices(plan);
  const hasLength = plan.minutes === undefined && !chooseEpochs;
  return {
    ...others,
    ...(hasLength && { epochs, maxLrEpoch, lrDecay }),
    ...(!chooseBatchSize && { batchSize }),
    ...(!chooseKeepProb && { keepProb }),
  };
}

/** What of a corpus in the store is not as a manifest says; what is gone counts as changed. */
async function compareText(store: ObjectStore, corpus: string, manifest: CorpusManifest) {
  const before = new Map(manifest.files.map((file) => [file.key, file]));
  const changed: string[] = [];
  let [changedBytes, bytes] = [0, 0];
  for (const { key, bytes: size } of await requireCorpus(store, corpus)) {
    bytes += size;
    const file = before.get(key);
    before.delete(key);
    if (file?.bytes === size && (await digestOf(store, key)) === file.sha256) continue;
    changed.push(key);
    changedBytes += file && size > file.bytes ? size - file.bytes : size;
  }
  for (const gone of before.values()) if (gone.bytes > 0) changedBytes += gone.bytes;
  return { changed, changedBytes, bytes };
}

async function digestOf(store: ObjectStore, key: string): Promise<string | null> {
  const found = await store.get(key);
  return found && createHash("sha256").update(found.body).digest("hex");
}

/** How the current version, as the edge runs it, predicts files; of many words the last ones, where a text grows. */
async function scoreNew(store: ObjectStore, name: string, card: VersionCard, keys: string[]) {
  const tokenizer = tokenizerOf(card);
  const words: string[] = [];
  for (const key of keys) {
    const found = await store.get(key);
    if (!found) continue; // deleted since it was listed
    const text = new TextDecoder().decode(found.body.subarray(-20 * MAX_TOKENS));
    words.push(...readFinished(tokenizer, text).map(({ word }) => word).slice(-MAX_TOKENS)); // prettier-ignore
    if (words.length >= MAX_TOKENS) break;
  }
  const edge = await store.get(edgeKey(name, card.version));
  if (!edge || words.length === 0) return { perplexity: Infinity, unknownRate: 1 };
  const model = LanguageModel.open(await readEdgeModule(), edge.body);
  const ids = words.slice(0, MAX_TOKENS).map((word) => model.words.idOf(word));
  const unknown = ids.filter((id) => id === model.words.unknownId).length;
  const { perplexity } = runSteps(scoreSteps(model, ids));
  return { perplexity, unknownRate: unknown / ids.length };
}
