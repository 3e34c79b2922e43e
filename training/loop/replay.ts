// training/loop/replay: which texts of the models before a run trains on once more. They are named among its files: a run that goes
// on reads the same, and a model that goes on from this one knows where they lie.

import { z } from "zod";
import type { MasterModel } from "#model/master-file";
import type { Tokenizer } from "#model/tokenizers/tokenizer";
import type { Corpus } from "../data/corpus.ts";
import { findLocalText, knownText } from "../data/known-text.ts";
import type { KnownText } from "../data/known-text.ts";
import { corpusManifest, MANIFEST_NAME } from "../data/manifest.ts";
import { isStored } from "../data/name-corpus.ts";
import { countReplayed, readReplay } from "../data/replay.ts";
import type { Replay } from "../data/replay.ts";
import type { RunFiles } from "../run/files.ts";
import { readRunJson } from "../run/run-json.ts";
import { readRunSettings } from "../run/settings.ts";
import type { RunSettings } from "../run/settings.ts";
import type { TrainOptions } from "./train-options.ts";

const REPLAY_NAME = "replay.json";

/**
 * Reads what a run that begins is to replay, or what one that goes on has replayed so far.
 * @throws where text that a run replays is not there any more
 */
export async function prepareReplay(
  { files, from, finish, text, preset, shared, findText = findLocalText }: TrainOptions,
  before: RunSettings | null,
  corpus: Corpus,
  tokenizer: Tokenizer,
): Promise<Replay | null> {
  const known = before ? await readReplayed(files) : (from?.texts ?? []);
  if (known.length === 0 || (before && finish)) return null; // to finish it trains no further
  const scrub = shared && preset.training.scrub;
  const replay = await readReplay(known, corpus, tokenizer, { ...text, find: findText, scrub });
  if (before) requireAll(known, replay);
  return replay;
}

/** What a run replays, in words. */
export function describeReplay({ ids, texts }: Replay, { splits }: Corpus, model: string): string {
  const files = texts.reduce((sum, text) => sum + text.files.length, 0);
  const count = countReplayed(splits.train.ids.length, { ids });
  return (
    `replays ${count} words an epoch of the text of model ${model}, so that it is not forgotten: ` +
    `${ids.length} words of ${files === 1 ? "a file" : `${files} files`} that this text lacks; --without leaves one out`
  );
}

/** Names among a run's files what it replays. */
export async function writeReplayed(files: RunFiles, replay: Replay | null): Promise<void> {
  if (replay) await files.write(REPLAY_NAME, JSON.stringify(replay.texts, null, 2) + "\n");
  else await files.delete(REPLAY_NAME); // of an attempt that was cut off before its settings stood
}

/** The texts that a run replays. */
async function readReplayed(files: RunFiles): Promise<KnownText[]> {
  return (await readRunJson(files, REPLAY_NAME, z.array(knownText))) ?? [];
}

/**
 * The texts that a run's model was trained on: its own, and those that it replayed.
 * @param store the address of the store that holds texts with keys such as `corpora/notes/may.txt`
 * @returns none where the run does not say, or its files are about another model
 */
export async function readKnownTexts(
  run: RunFiles,
  { metadata: { corpusDigest, trainingText } }: MasterModel,
  store?: string,
): Promise<KnownText[]> {
  const settings = await readRunSettings(run);
  const manifest = await readRunJson(run, MANIFEST_NAME, corpusManifest);
  if (!settings || !manifest || !trainingText || settings.corpusDigest !== corpusDigest) return [];
  const corpus = isStored(manifest.corpus) ? store : settings.corpus;
  const { encoding } = settings;
  const own = { corpus, encoding, heldOut: trainingText.heldOut, files: manifest.files };
  return [...(corpus === undefined ? [] : [{ ...own, corpus }]), ...(await readReplayed(run))];
}

function requireAll(known: KnownText[], replay: Replay | null): void {
  const isThere = new Set(replay?.texts.flatMap(({ files }) => files.map(({ sha256 }) => sha256)));
  const files = known.flatMap((text) => text.files);
  const gone = files.filter(({ sha256 }) => !isThere.has(sha256)).map(({ key }) => key);
  if (gone.length === 0) return;
  throw new Error(
    `"${gone.join('", "')}" of the text that the run replays is gone or changed, so that it cannot go on as it began; ` +
      `--resume --finish makes a model of what it has learnt`,
  );
}
