// training/data/replay: text that a model was trained on, read once more beside new text, so that what it taught is not forgotten
// (rehearsal, Robins 1995). Only what lies where it lay, byte for byte, and what the new text lacks; never what that text holds out.

import { createHash } from "node:crypto";
import type { Tokenizer } from "#model/tokenizers/tokenizer";
import type { Corpus } from "./corpus.ts";
import { endOfSentence } from "./encoded-text.ts";
import { checkText } from "./encoding.ts";
import { isExcluded } from "./list-files.ts";
import type { ManifestFile } from "./manifest.ts";
import { pathInCorpus } from "./name-corpus.ts";
import type { TextSource } from "./source.ts";
import { encodeSplit } from "./spans.ts";
import { findNamedSplits } from "./split-names.ts";
import { splitText } from "./split-text.ts";
import type { SplitText } from "./split-text.ts";
import type { FindText, KnownText } from "./known-text.ts";
import type { SourceOptions } from "./text-source.ts";

/** Old text to train on beside the new. */
export interface Replay {
  ids: Int32Array; // all of it, in the ids of the new corpus's network
  texts: KnownText[]; // what was read
}

export interface ReplayOptions extends Pick<SourceOptions, "exclude" | "without"> {
  find: FindText;
  scrub?: boolean; // read data of persons as unknown words
}

/**
 * Reads what a new corpus lacks of texts that are known, but for what was held out of them.
 * @returns null where nothing is left to be replayed
 */
export async function readReplay(
  known: KnownText[],
  corpus: Corpus,
  tokenizer: Tokenizer,
  { find, scrub, exclude = [], without = [] }: ReplayOptions,
): Promise<Replay | null> {
  const left = new Set(without.map(pathInCorpus));
  const read = new Set(corpus.files.map(({ sha256 }) => sha256));
  const heldOut = sentenceKeys(corpus.splits.valid.ids, corpus.vocabulary.endId);
  for (const key of sentenceKeys(corpus.splits.test.ids, corpus.vocabulary.endId)) heldOut.add(key);
  const parts: number[][] = [];
  const texts: KnownText[] = [];
  for (const text of known) {
    const wanted = trainingFiles(text).filter(({ key, sha256, bytes }) => {
      const file = pathInCorpus(key);
      if (bytes === 0 || read.has(sha256) || left.has(file) || isExcluded(file, exclude)) return false; // prettier-ignore
      read.add(sha256);
      return true;
    });
    if (wanted.length === 0) continue;
    const { files, sources } = await keepUnchanged(await find(text, wanted), wanted);
    if (files.length === 0) continue;
    const split = await splitAgain(text, sources, tokenizer, scrub);
    const { ids } = encodeSplit(split, "train", corpus.vocabulary, true);
    parts.push(leaveOutSentences(ids, heldOut, corpus.vocabulary.endId));
    texts.push({ ...text, files });
  }
  const ids = Int32Array.from(parts.flat());
  return ids.length > 0 ? { ids, texts } : null;
}

/** So many tokens of a replay an epoch has: no more than of the new text. */
export function countReplayed(tokens: number, replay: Pick<Replay, "ids"> | null): number {
  return Math.min(tokens, replay?.ids.length ?? 0);
}

const STRETCHES = 20;

/** An epoch's text: the new one, and stretches of the old from all over it, each epoch the next ones, from its end on anew. */
export function withReplay(
  ids: Int32Array,
  replay: Pick<Replay, "ids"> | null,
  epoch: number,
): Int32Array {
  const count = countReplayed(ids.length, replay);
  if (!replay || count === 0) return ids;
  const old = replay.ids;
  const joined = new Int32Array(ids.length + count);
  joined.set(ids);
  const stretches = Math.min(STRETCHES, count);
  for (let stretch = 0; stretch < stretches; stretch++) {
    const begin = Math.floor((stretch * count) / stretches);
    const end = Math.floor(((stretch + 1) * count) / stretches);
    const from = Math.floor((stretch * old.length) / stretches) + epoch * (end - begin);
    for (let at = begin; at < end; at++) {
      joined[ids.length + at] = old[(from + at - begin) % old.length]!;
    }
  }
  return joined;
}

/** The files of a text without those whose names say that they are held out. */
function trainingFiles({ corpus, heldOut, files }: KnownText): ManifestFile[] {
  if (heldOut !== "file") return files;
  const named = files.map(({ key }) => ({ name: key, file: pathInCorpus(key) }) as TextSource);
  const splits = findNamedSplits(corpus, named)?.splits;
  const keys = new Set(splits?.train.map(({ name }) => name));
  return splits ? files.filter(({ key }) => keys.has(key)) : files;
}

/** Of the sources that were found, those that still hold the bytes that they held. */
async function keepUnchanged(found: TextSource[], wanted: ManifestFile[]) {
  const fileOf = new Map(wanted.map((file) => [pathInCorpus(file.key), file]));
  const files: ManifestFile[] = [];
  const sources: TextSource[] = [];
  for (const source of found) {
    const hash = createHash("sha256");
    for await (const bytes of source.open()) hash.update(bytes);
    const file = fileOf.get(pathInCorpus(source.file!))!;
    if (hash.digest("hex") !== file.sha256) continue;
    files.push(file);
    sources.push(source);
  }
  return { files, sources };
}

/** Splits a text as it was when it was trained on, as far as its files are there: blocks fall by what stands in them. */
async function splitAgain(
  { heldOut, encoding }: KnownText,
  found: TextSource[],
  tokenizer: Tokenizer,
  scrub?: boolean,
): Promise<SplitText> {
  const sources = await checkText(found, encoding);
  if (heldOut !== "file") return splitText({ whole: sources }, tokenizer, { unit: heldOut, scrub });
  return splitText({ train: sources, valid: [], test: [] }, tokenizer, { split: "train", scrub });
}

/** The sentences of a text, each by its ids. */
function sentenceKeys(ids: Int32Array, endId: number): Set<string> {
  return new Set(Array.from(eachSentence(ids, endId), (sentence) => sentence.join()));
}

function leaveOutSentences(ids: Int32Array, sentences: Set<string>, endId: number): number[] {
  const kept: number[] = [];
  for (const sentence of eachSentence(ids, endId)) {
    if (!sentences.has(sentence.join())) for (const id of sentence) kept.push(id);
  }
  return kept;
}

function* eachSentence(ids: Int32Array, endId: number): Generator<Int32Array> {
  for (let begin = 0, end = 0; begin < ids.length; begin = end) {
    end = endOfSentence(ids, endId, begin);
    yield ids.subarray(begin, end);
  }
}
