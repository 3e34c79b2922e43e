// bench/typing/irstlm: a 5-gram of IRSTLM with improved Kneser–Ney smoothing, with all words of the text.

import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fetchProgram, run } from "./debian-packages.ts";
import type { Keyboard } from "./protocol.ts";
import { historiesOf, wordsOf } from "./texts.ts";
import type { Texts } from "./texts.ts";
import { listWords } from "./word-list.ts";

const ORDER = 5;

/** @param folder of this run */
export async function openIrstlm({ train, typed }: Texts, folder: string): Promise<Keyboard> {
  const { root, libraries } = fetchProgram("irstlm");
  const text = join(folder, "sentences.txt");
  const lines = train.map((sentence) => `<s> ${wordsOf(sentence).join(" ")} </s>\n`);
  await writeFile(text, lines.join(""));
  const model = join(folder, "irstlm.arpa");
  const smoothing = ["-lm=msb", "-bo=yes", "-ps=no"];
  const args = [`-tr=${text}`, `-n=${ORDER}`, ...smoothing, `-oarpa=${model}`];
  run(join(root, "usr/lib/irstlm/bin/tlm"), args, folder, libraries);
  const { words, score } = await readArpa(model, contextsOf(typed));
  return listWords(words, (sentence) => score(["<s>", ...sentence]), typed);
}

/** All contexts, of any length, that a text will ask for. */
function contextsOf(typed: string): Set<string> {
  const contexts = new Set<string>();
  for (const sentence of historiesOf(typed).values()) {
    const history = ["<s>", ...sentence];
    for (let length = 1; length < ORDER; length++) contexts.add(history.slice(-length).join(" "));
  }
  return contexts;
}

interface Followers {
  ids: number[];
  logs: number[];
}

/** Reads what the contexts need of an ARPA file: a line is a log₁₀ probability, the words, and perhaps a back-off weight. */
async function readArpa(path: string, contexts: Set<string>) {
  const words: string[] = [];
  const unigrams: number[] = [];
  const ids = new Map<string, number>();
  const backOff = new Map<string, number>();
  const followers = new Map<string, Followers>();
  for await (const line of createInterface(createReadStream(path))) {
    const [log, ngram, weight] = line.split("\t");
    if (ngram === undefined) continue; // a heading
    if (weight !== undefined && contexts.has(ngram)) backOff.set(ngram, Number(weight));
    const space = ngram.lastIndexOf(" ");
    if (space < 0) {
      ids.set(ngram, words.push(ngram) - 1);
      unigrams.push(Number(log));
      continue;
    }
    const context = ngram.slice(0, space);
    if (!contexts.has(context)) continue;
    if (!followers.has(context)) followers.set(context, { ids: [], logs: [] });
    followers.get(context)!.ids.push(ids.get(ngram.slice(space + 1))!);
    followers.get(context)!.logs.push(Number(log));
  }
  const score = (history: string[]) => {
    const scores = Float64Array.from(unigrams);
    for (let length = 1; length < ORDER && length <= history.length; length++) {
      const context = history.slice(-length).join(" ");
      const weight = backOff.get(context) ?? 0;
      for (const id of scores.keys()) scores[id]! += weight;
      const seen = followers.get(context);
      seen?.ids.forEach((id, index) => (scores[id] = seen.logs[index]!));
    }
    return scores;
  };
  return { words, score };
}
