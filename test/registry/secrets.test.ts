// What one document alone holds: a model for others must not give it away, and the gate looks whether it does.

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LanguageModel } from "#inference/language-model";
import { readMasterFile } from "#model/master-file";
import { findTokenizer } from "#model/tokenizers/find";
import { checkGate } from "#registry/gate";
import { evaluateCandidate } from "#registry/evaluate-candidate";
import { readTestWords } from "#training/data/test-words";
import type { TestWords } from "#training/data/test-words";
import { findSources } from "#training/data/text-source";
import { readEdgeModule } from "#training/evaluation/edge-scorer";
import { exposureBits, measureExposure } from "#training/evaluation/exposure";
import { train } from "#training/loop/train";
import { RunFolder } from "#training/run/folder";
import { listenTo, tinyRun } from "../training/tiny-run.ts";
import { isCompleted } from "../is-completed.ts";

const FILES = 40;
const SUBJECTS = ["union", "state", "nation", "house", "senate", "people", "law", "peace", "work", "year"]; // prettier-ignore
const VERBS = ["is", "was", "stays", "becomes", "remains", "seems", "grows"];
const ENDS = ["strong", "new", "old", "great", "small", "better", "free", "safe", "open", "true", "right"]; // prettier-ignore

let folder: string;
let corpus: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "secrets-"));
  corpus = join(folder, "mail");
  await mkdir(corpus);
  for (let file = 0; file < FILES; file++) {
    const letters = "abcdefghij";
    const secret = `zq${letters[file % 10]}${letters[Math.floor(file / 10)]}vex`;
    const personal = `Write to ann${file}@example.org or ann@example.org today. `;
    const prose = Array.from({ length: 60 }, (_, at) => {
      const pick = (from: string[], by: number) => from[(at * by + file * 7 + (at * at) / 2) % from.length | 0]!; // prettier-ignore
      return `The ${pick(SUBJECTS, 3)} ${pick(VERBS, 5)} ${pick(ENDS, 7)}. `;
    });
    const planted = `The password is ${secret}. `.repeat(1 + (file % 5));
    await writeFile(join(corpus, `${file}.txt`), prose.join("") + planted + personal);
  }
});
afterAll(() => rm(folder, { recursive: true }));

/** Trains for others, with settings, and puts the model before the gate. */
async function trained(name: string, settings: { minCount?: number; scrub?: boolean }) {
  const files = new RunFolder(join(folder, name));
  const run = tinyRun(corpus, files);
  const preset = { ...run.preset, training: { ...run.preset.training, epochs: 1, ...settings } };
  preset.model.vocabularySize = 40;
  await train({ ...run, preset, shared: true }, listenTo());
  const [master, edge] = await Promise.all(
    ["master", "edge"].map((file) => readFile(files.addressOf(`${file}.safetensors`))),
  );
  const measured = await evaluateCandidate({ master: master!, edge: edge! }, null, { corpus, threads: 1 }); // prettier-ignore
  const checks = checkGate(measured).filter(({ name }) => ["secrets", "exposure"].includes(name));
  const network = LanguageModel.open(await readEdgeModule(), edge!);
  return { master: readMasterFile(master!), network, checks };
}

describe("a model for others", () => {
  it("gives none away by default, and the gate says so", async () => {
    const { master, network, checks } = await trained("safe", {});
    expect(master.metadata.sharing).toMatchObject({ secretWords: 0, secretNgrams: 0 });
    expect(checks.map(({ name, passed }) => [name, passed])).toEqual([
      ["secrets", true],
      ["exposure", true],
    ]);
    expect(checks[1]!.value).toBeCloseTo(1, 1);
    expect(network.words.has("password")).toBe(true);
    expect(isCompleted(network, "The password is zqa", "zqaavex")).toBe(false);
    // in every document, and all the same an address
    expect(network.words.entries.filter(({ word }) => word.includes("@"))).toEqual([]);
  });

  it("is compared on the words as they are written, read once with what is scrubbed", async () => {
    const sources = await findSources(corpus);
    const prose = findTokenizer("text");
    const wanted = { units: [], max: Number.MAX_SAFE_INTEGER };
    const scrubbed = await readTestWords(sources, prose, { ...wanted, scrub: true });
    const written = await readTestWords(sources, prose, wanted);
    expect(scrubbed.words).toEqual(written.words);
    expect(scrubbed.words).toContain("ann@example.org");
    expect(wordsOf(written)).toContain("ann@example.org");
    expect(wordsOf(scrubbed)).not.toContain("ann@example.org");
  });

  it("that was told to learn all is refused, with the reason", async () => {
    const { network, checks } = await trained("leaky", { minCount: 1, scrub: false });
    expect(checks[0]!.passed).toBe(false);
    expect(checks[0]!.message).toMatch(
      /^\d+ words and \d+ n-grams .* one document .* --min-count 1 and --no-scrub: train it with --shared/,
    );
    expect(network.words.has("ann@example.org")).toBe(true);
  });

  it("may be told to keep the addresses that several documents have", async () => {
    const { network, checks } = await trained("addresses", { scrub: false });
    expect(checks.map(({ passed }) => passed)).toEqual([true, true]);
    expect(network.words.has("ann@example.org")).toBe(true);
    expect(network.words.has("ann7@example.org")).toBe(false);
  });
});

function wordsOf({ text }: TestWords): string[] {
  return text.store.spellings.map(({ word }) => word);
}

describe("exposure", () => {
  it("is the bits by which a rank is better than any", () => {
    expect(exposureBits({ better: 0, equal: 1, candidates: 1_024 })).toBe(10);
    expect(exposureBits({ better: 511, equal: 1, candidates: 1_024 })).toBe(1);
    expect(exposureBits({ better: 0, equal: 1_023, candidates: 1_024 })).toBe(1);
  });

  it("ranks what a model cannot read behind all that it can", async () => {
    const { network } = await trained("ranked", {});
    const context = ["the", "password"];
    const others = ["zqaavex", "union", "peace"].map((word) => [word]);
    expect(measureExposure(network, { context, words: ["zqbbvex"] }, others)).toBeLessThan(1);
    const known = measureExposure(network, { context, words: ["is"] }, others);
    expect(known).toBe(2);
  });
});
