// bench/typing: what programs that predict words save of the keys, all trained on the same text and typing the same words by
// the same rule (typing/protocol).

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { BUILT_IN_CORPUS } from "#training/data/text-source";
import type { BenchOptions } from "./options.ts";
import { openAfterword, trainModel } from "./typing/afterword.ts";
import { openCounted } from "./typing/counted.ts";
import { openIrstlm } from "./typing/irstlm.ts";
import { openOnboard } from "./typing/onboard.ts";
import { openPresage } from "./typing/presage.ts";
import { typeWords } from "./typing/protocol.ts";
import type { Keyboard, WordsTyped } from "./typing/protocol.ts";
import { readTexts } from "./typing/texts.ts";

/** A program's figures; one that cannot be had is left out, with a line that says why. */
export async function run({ corpus: named, model, characters, log }: BenchOptions) {
  const corpus = named === BUILT_IN_CORPUS ? named : resolve(named);
  const folder = mkdtempSync(join(tmpdir(), "typing-"));
  try {
    const texts = await readTexts(corpus, characters);
    const train = join(folder, "train.txt");
    writeFileSync(train, texts.train.join("\n") + "\n");
    const programs: Record<string, () => Promise<Keyboard>> = {
      afterword: () => openAfterword(model ?? trainModel(corpus, folder)),
      own_5_gram: () => openCounted(texts),
      irstlm_5_gram: () => openIrstlm(texts, folder),
      onboard: () => openOnboard(train),
      presage: () => openPresage(train, folder),
    };
    const figures: Record<string, WordsTyped> = {};
    for (const [name, open] of Object.entries(programs)) {
      try {
        const keyboard = await open();
        figures[name] = await typeWords(texts.typed, texts.places, keyboard);
        keyboard.close();
        log(`${name}: keys saved ${JSON.stringify(figures[name].savings)}, by words offered`);
      } catch (error) {
        log(`${name}: left out; ${(error as Error).message}`);
      }
    }
    return { corpus: named, characters: texts.typed.length, ...figures };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
