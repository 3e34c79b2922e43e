// training/evaluation/generations: what a model in training would write: a few beginnings of sentences, gone on with.
//
// V vocabulary size.

import { philox } from "#kernels/philox";
import { writeToken } from "#inference/insertion";
import { drawWord, mostProbable } from "#inference/sampling";
import { buildSamplingMask } from "#inference/suggestion-mask";
import { findTokenizer } from "#model/tokenizers/find";
import { END_OF_SENTENCE } from "#model/tokenizers/tokenizer";
import type { TokenizerName } from "#model/tokenizers/tokenizer";
import type { Vocabulary } from "#model/vocabulary";
import type { Scorer } from "./scoring.ts";

export interface Sample {
  prompt: string; // as the text has it
  text: string; // what the model wrote after it
}

const PROMPTS = 3;
const PROMPT_WORDS = 4;
const MAX_WORDS = 20;
const CANDIDATES = 20; // the most probable words, which are drawn from
const SEED = 1;

/**
 * Goes on with the beginnings of sentences of a held-out text, the same ones with the same random numbers at each call, so that
 * epochs can be compared. Words are drawn by their probability among the most probable; placeholders never are.
 */
export async function sampleContinuations(
  scorer: Scorer,
  ids: Int32Array,
  { vocabulary, tokenizer }: { vocabulary: Vocabulary; tokenizer: TokenizerName },
): Promise<Sample[]> {
  const samplingMask = buildSamplingMask(vocabulary, tokenizer);
  const samples: Sample[] = [];
  for (const prompt of findPrompts(ids, vocabulary)) {
    const words: number[] = [];
    scorer.resetScoringState();
    let fed = Int32Array.of(vocabulary.endId, ...prompt);
    while (words.length < MAX_WORDS) {
      const scores = await scorer.score(fed);
      const [random] = philox([words.length, samples.length, 0, 0], [SEED, 0]);
      const id = draw(scores.subarray(-vocabulary.size), samplingMask, random / 2 ** 32);
      if (id === vocabulary.endId) break;
      words.push(id);
      fed = Int32Array.of(id);
    }
    const written = writeWords(prompt, vocabulary, tokenizer);
    const whole = writeWords([...prompt, ...words], vocabulary, tokenizer);
    samples.push({ prompt: written, text: whole.slice(written.length) });
  }
  return samples;
}

/** The first words of sentences spread over the text that are long enough and all known. */
function findPrompts(ids: Int32Array, { endId, unknownId }: Vocabulary): number[][] {
  const prompts: number[][] = [];
  for (let part = 0; part < PROMPTS; part++) {
    let at = Math.floor((part * ids.length) / PROMPTS);
    for (; at < ids.length; at++) {
      const prompt = [...ids.subarray(at, at + PROMPT_WORDS)];
      const starts = at === 0 || ids[at - 1] === endId;
      const known = !prompt.includes(endId) && !prompt.includes(unknownId);
      if (starts && known && prompt.length === PROMPT_WORDS) {
        prompts.push(prompt);
        break;
      }
    }
  }
  return prompts;
}

/** Draws one of the most probable words: `u` from 0 to 1 says how far down. */
function draw(row: Float32Array, samplingMask: Uint8Array, u: number): number {
  const words = mostProbable(row, CANDIDATES, samplingMask);
  return drawWord(row.map(Math.exp), words, u) ?? words[0]!;
}

function writeWords(ids: number[], vocabulary: Vocabulary, name: TokenizerName): string {
  const tokenizer = findTokenizer(name);
  let text = "";
  let previous = END_OF_SENTENCE;
  for (const id of ids) {
    const entry = vocabulary.entries[id]!;
    text += writeToken(text, entry, { tokenizer, previous });
    previous = entry.word;
  }
  return text;
}
