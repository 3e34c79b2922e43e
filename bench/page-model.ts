// bench/page-model: a model of a preset's size that suggests English: words, n-grams and how often words come are the base
// model's, all weights else made up. What a keystroke costs is that of a trained one.

import { readFileSync } from "node:fs";
import type { MasterModel } from "#model/master-file";
import { readMasterFile } from "#model/master-file";
import { findPreset } from "#model/presets";
import { makeTinyModel } from "../test/tiny-model.ts";

const BASE = new URL("../base/master.safetensors", import.meta.url);

/** Without more words before them, its most probable words are the most frequent ones. */
export function makeEnglishModel(preset: string): MasterModel {
  const { vocabulary, ngrams } = readMasterFile(readFileSync(BASE));
  const config = { ...findPreset(preset).model, vocabularySize: vocabulary.size };
  const { weights, metadata } = makeTinyModel({ config, spread: 0.05 });
  const bias = Float32Array.from(vocabulary.entries, ({ count }) => Math.log(count + 1));
  weights.set("softmax.bias", bias);
  return { metadata, vocabulary, weights, ...(ngrams && { ngrams }) };
}
