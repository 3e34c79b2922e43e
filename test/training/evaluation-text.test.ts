// Whether a text to evaluate on is one that the model was trained on.

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findTokenizer } from "#model/tokenizers/find";
import { readCorpus } from "#training/data/corpus";
import type { Corpus } from "#training/data/corpus";
import { readEvaluationText } from "#training/data/evaluation-text";
import type { Split } from "#training/data/source";
import { findSources } from "#training/data/text-source";

const prose = findTokenizer("text");
const text = (from: number, to: number) =>
  Array.from(
    { length: to - from },
    (_, at) => `Line ${"abcdefghij"[at % 10]} says w${(at + from) ** 2} here. `,
  ).join("");

let folder: string;
let corpus: Corpus;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "evaluation-text-"));
  await write("text.txt", text(0, 2_000));
  corpus = await readCorpus(await findSources(join(folder, "text.txt")), prose, 5_000);
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, content: string | Uint8Array): Promise<void> {
  await writeFile(join(folder, name), content);
}

async function isTrainedOn(name: string, split: Split | "all"): Promise<boolean> {
  const { vocabulary, splitDigests: digests, heldOutUnit: heldOut } = corpus;
  const trainingText = { heldOut, digests };
  const sources = await findSources(join(folder, name));
  return (await readEvaluationText(sources, prose, { vocabulary, trainingText, split }))
    .isTrainedOn;
}

it("tells the training text, however it was saved", async () => {
  await write("crlf.txt", `\uFEFF${text(0, 2_000).replaceAll(". ", ".\r\n")}`);
  for (const name of ["text.txt", "crlf.txt"]) {
    expect(await isTrainedOn(name, "all")).toBe(true);
    expect(await isTrainedOn(name, "train")).toBe(true);
  }
});

it("takes what was held out of it, and any other text, for what the model does not know", async () => {
  await write("other.txt", text(3_000, 5_000));
  expect(await isTrainedOn("text.txt", "test")).toBe(false);
  expect(await isTrainedOn("text.txt", "valid")).toBe(false);
  expect(await isTrainedOn("other.txt", "all")).toBe(false);
});

it("gives a text's sentences as they are written, whatever the splits", async () => {
  const { vocabulary } = corpus;
  const written = ['"We met," she said.', "Mr. Źróbel — 3,5 % of it!", "(So be it.)", "And then?"];
  const files = { "quotes.txt": written.join("\n  "), "split/test.txt": written.join(" ") };
  await mkdir(join(folder, "split"));
  await write("split/train.txt", text(0, 100));
  await write("split/valid.txt", text(100, 200));
  for (const [name, content] of Object.entries(files)) await write(name, content);
  const readSentences = async (name: string, split: Split | "all", limit = 300) => {
    const sources = await findSources(join(folder, name));
    return (await readEvaluationText(sources, prose, { vocabulary, split })).sentences(limit);
  };
  expect(await readSentences("quotes.txt", "all")).toEqual(written);
  expect(await readSentences("quotes.txt", "all", 2)).toEqual(written.slice(0, 2));
  expect(await readSentences("split", "test")).toEqual(written);
  const heldOut = await readSentences("text.txt", "test");
  expect(heldOut.length).toBeGreaterThan(50);
  const tokens = prose.read(`${heldOut.join(" ")} `).tokens.map(({ word }) => word);
  const test = await readEvaluationText(await findSources(join(folder, "text.txt")), prose, { vocabulary, split: "test" }); // prettier-ignore
  const ids = tokens.map((word) => vocabulary.idOf(word));
  expect(ids).toEqual([...test.test.ids].slice(0, ids.length));
});
