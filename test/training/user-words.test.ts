// Words that the vocabulary lacks in an evaluation: offered where a session offers them, held to a typist who types into one, and
// what they cost.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LanguageModel } from "#inference/language-model";
import { LocalSession } from "#inference/local-session";
import { writeEdgeFile } from "#model/edge-file";
import { boundText } from "#training/data/bound-text";
import { openEdgeScorer, openNeuralCache } from "#training/evaluation/edge-scorer";
import { evaluateWithCache } from "#training/evaluation/evaluation";
import { KeystrokeCounter, SUGGESTIONS } from "#training/evaluation/keystrokes";
import { typeSentences } from "#training/evaluation/type-sentences";
import { makeTinyModel, seededRandom } from "../tiny-model.ts";

const TOKENS = 300;
const CACHE = { window: 100, theta: 0.3, lambda: 0.3 };
const module = new WebAssembly.Module(readFileSync("kernels/build/edge.wasm"));
const master = makeTinyModel({ config: { vocabularySize: 120 }, spread: 1.5 });
master.metadata.neuralCache = CACHE;
const file = writeEdgeFile(master);
const model = LanguageModel.open(module, file);
const { vocabulary } = model;
const OWN = ["kowalski", "kowal", "zebra", "unionist", "qqq"];

/** Words of the vocabulary, and some that it lacks, over and over. */
function writeText(): string {
  const random = seededRandom(5);
  const known = vocabulary.entries.map(({ word }) => word).filter((word) => /^[a-z]+$/u.test(word));
  const pick = (words: string[]) => words[Math.floor(random() * words.length)]!;
  const mark = () => (random() < 0.1 ? ". " : " ");
  const word = () => (random() < 0.2 ? pick(OWN) : pick(known));
  return Array.from({ length: TOKENS }, () => word() + mark()).join("");
}

/** Types the text into a session, and takes each word as soon as it is among the suggestions. */
function typeWords(text: string): number {
  const session = new LocalSession(model);
  let [characters, keys] = [0, 0];
  for (const { 0: word, index } of text.matchAll(/\p{L}+/gu)) {
    const isSuggestedAfter = (letters: number) =>
      session
        .update(text.slice(0, index + letters), { limit: SUGGESTIONS })
        .some(
          (one) => one.word.toLowerCase() === word && !one.insert.startsWith(" ") && !one.corrected,
        );
    let letters = 0;
    while (letters < word.length && !isSuggestedAfter(letters)) letters++;
    characters += word.length + 1;
    keys += letters + 1;
  }
  return (characters - keys) / characters;
}

function encode(text: string) {
  const { tokens } = model.tokenizer.read(text);
  return {
    ids: Int32Array.from(tokens, ({ word }) => vocabulary.idOf(word)),
    lengths: Uint16Array.from(tokens, ({ surface }) => surface.length),
    words: tokens.map(({ word }) => word),
  };
}

async function evaluate(text: ReturnType<typeof encode> & { words?: string[] }) {
  const cache = await openNeuralCache(20, CACHE);
  return evaluateWithCache(await openEdgeScorer(file), cache, text, { vocabulary, tokenizer: "text" }); // prettier-ignore
}

describe("words that the vocabulary lacks", () => {
  it("save what a session saves that offers them once they were typed", async () => {
    const text = writeText();
    const { plain, cached } = await evaluate(encode(text));
    const typed = typeWords(text);
    expect(cached.keystrokeSavings).toBe(typed);
    expect(typed).toBeGreaterThan(plain.keystrokeSavings);
  });

  it("change nothing in what is probable, with their letters or without", async () => {
    const text = encode(writeText());
    const [told, untold] = [await evaluate(text), await evaluate({ ...text, words: undefined! })];
    expect(told.cached.perplexity).toBeCloseTo(untold.cached.perplexity, 4);
    expect(told.plain).toMatchObject({ perplexity: untold.plain.perplexity, keystrokeSavings: untold.plain.keystrokeSavings }); // prettier-ignore
  });

  it("bound what can be saved, once as words that are never offered and once as a session's", () => {
    const counter = new KeystrokeCounter(vocabulary, "text");
    const scores = new Float32Array(vocabulary.size);
    const { unknownId } = vocabulary;
    for (const word of ["zebra", "zebra", "qqq", "zebra"]) {
      counter.add(unknownId, word.length, scores, { word });
    }
    counter.add(vocabulary.idOf("union"), 5, scores);
    const characters = 3 * 6 + 4 + 6;
    expect(counter.ceiling).toBeCloseTo(5 / characters, 12); // the known word costs one key
    expect(counter.ceilingOfSession).toBeCloseTo((5 + 2 * 5) / characters, 12); // and two zebras
    expect(counter.lostToUnknown).toBeCloseTo((3 * 5 + 3) / characters, 12);
    const all = counter.ceiling + counter.lostToUnknown; // had every word been known
    expect(all).toBeCloseTo((characters - 5) / characters, 12);
  });

  it("are told by their letters where only stretches of a text are measured", () => {
    const text = encode(writeText());
    const bounded = boundText(text, 100);
    expect(Array.from(bounded.words!, (word) => vocabulary.idOf(word))).toEqual([...bounded.ids]);
  });
});

describe("sentences that are typed", () => {
  it("save no more than where the next word is always offered, once with what was typed before", async () => {
    // two words that are known, two that are not, of which one comes again
    const typed = await typeSentences(file, ["The zebra is of kowalski.", "The zebra!"]);
    const characters = "The zebra is of kowalski. The zebra!".length;
    expect(typed).toMatchObject({ sentences: 2, characters });
    // a key for each known word, mark and unknown letter; known words and marks spare the spaces beside them
    const keys = 4 + 2 + 2 * "zebra".length + "kowalski".length;
    expect(typed.ceiling).toBeCloseTo((characters - keys) / characters, 12);
    // the second zebra costs one key
    expect(typed.sessionCeiling).toBeCloseTo((characters - keys + 4) / characters, 12);
    expect(typed.savings).toBeLessThanOrEqual(typed.sessionCeiling);
  });
});
