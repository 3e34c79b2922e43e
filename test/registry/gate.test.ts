import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeEdgeFile } from "#model/edge-file";
import { writeMasterFile } from "#model/master-file";
import type { MasterModel } from "#model/master-file";
import { MAX_MODEL_BYTES } from "#inference/memory-plan";
import { Vocabulary } from "#model/vocabulary";
import {
  INT8_TOLERANCE,
  checkGate,
  FILE_TOLERANCE,
  MAX_MILLISECONDS_PER_TOKEN,
  PERPLEXITY_TOLERANCE,
  warningsOf,
} from "#registry/gate";
import type { ReleaseMeasurements } from "#registry/gate";
import { evaluateCandidate } from "#registry/evaluate-candidate";
import { tokenizerOf } from "#model/tokenizers/find";
import { readTestWords } from "#training/data/test-words";
import { findSources } from "#training/data/text-source";
import { openMixtureScorer } from "#training/evaluation/edge-scorer";
import { scoreTokens } from "#training/evaluation/scoring";
import { makeTinyModel } from "../tiny-model.ts";
import { withTinyNgrams } from "../tiny-ngrams.ts";

const good: ReleaseMeasurements = {
  tokens: 1_000,
  float32Perplexity: 100,
  int8Perplexity: 100.1,
  perplexity: 100.1,
  currentPerplexity: 100,
  memoryBytes: 20e6,
  millisecondsPerToken: 0.3,
};

describe("the gate", () => {
  it.each([
    ["perplexity", { perplexity: 100 * (1 + PERPLEXITY_TOLERANCE) + 0.01 }],
    ["int8", { int8Perplexity: 100 * (1 + INT8_TOLERANCE) + 0.01 }],
    ["int8", { int8Perplexity: 100 * (1 - INT8_TOLERANCE) - 0.01 }],
    ["memory", { memoryBytes: MAX_MODEL_BYTES + 1 }],
    ["speed", { millisecondsPerToken: MAX_MILLISECONDS_PER_TOKEN + 0.1 }],
    ["perplexity", { perplexity: Number.NaN }],
  ])("fails a candidate by its %s alone: %j", (name, worse) => {
    const failed = checkGate({ ...good, ...worse }).filter(({ passed }) => !passed);
    expect(failed.map((check) => check.name)).toEqual([name]);
  });

  it("lets a candidate through that is worse by no more than the tolerance", () => {
    const checks = checkGate({ ...good, perplexity: 100 * (1 + PERPLEXITY_TOLERANCE) - 0.01 });
    expect(checks.map(({ name, passed }) => [name, passed])).toEqual([
      ["perplexity", true],
      ["int8", true],
      ["memory", true],
      ["speed", true],
    ]);
  });

  it.each([
    [147.2, 977, "perplexity 47.20 % above what the current version has on the same 977 tokens, too few to tell small differences; at most 1.00 % above"],
    [90, 20_000, "perplexity 10.00 % below what the current version has on the same 20000 tokens; at most 1.00 % above"],
  ])("says by how much perplexity %d is another, and no perplexity that another text gave otherwise", (perplexity, tokens, message) => {
    expect(checkGate({ ...good, perplexity, tokens })[0]!.message).toBe(message);
  }); // prettier-ignore

  it("compares a first model with nothing", () => {
    const checks = checkGate({ ...good, currentPerplexity: null });
    expect(checks.map(({ name }) => name)).toEqual(["int8", "memory", "speed"]);
  });
});

describe("the gate, of a text of several files", () => {
  const fileOf = (file: string, above: number, tokens = 1_000) => ({ file, tokens, perplexity: 200 * (1 + above), currentPerplexity: 200 }); // prettier-ignore
  const checkFiles = (files: ReleaseMeasurements["files"]) =>
    checkGate({ ...good, files }).find(({ name }) => name === "files");

  it("warns of a file that is predicted worse than before, and refuses nothing for it", () => {
    const files = [fileOf("a.txt", 0.02), fileOf("letters/b.txt", 0.231, 1_204)];
    const checks = checkGate({ ...good, files });
    expect(checks.every(({ passed }) => passed)).toBe(true);
    const [warning, ...others] = warningsOf(checks);
    expect(others).toEqual([]);
    expect(warning).toMatchObject({ name: "files", limit: FILE_TOLERANCE });
    expect(warning!.value).toBeCloseTo(0.231, 12);
    expect(warning!.message).toContain("1 of 2 files");
    expect(warning!.message).toContain('"letters/b.txt" 23.10 % on 1204 tokens');
    expect(warning!.message).not.toContain("a.txt");
  });

  it("does not warn of as much as the tolerance, nor of a file of fewer tokens", () => {
    const files = [fileOf("a", FILE_TOLERANCE - 0.001), fileOf("b", 5, 999), fileOf("c", -0.2)];
    const check = checkFiles(files)!;
    expect(check).toMatchObject({ passed: true });
    expect(check.warning).toBeUndefined();
    expect(check.message).toMatch(/^0 of 2 files .*10\.00 % above/);
  });

  it("says so where no file has enough text", () => {
    const check = checkFiles([fileOf("a", 3, 999), fileOf("b", 3, 10)])!;
    expect(check).toMatchObject({ passed: true });
    expect(check.warning).toBeUndefined();
    expect(check.message).toBe(
      "no file has 1000 held-out tokens: none of the 2 is compared by itself",
    );
  });

  it("names the worst few of many", () => {
    const files = Array.from({ length: 30 }, (_, at) => fileOf(`file${at}`, 0.2 + at / 100));
    const { message } = checkFiles(files)!;
    expect(message).toMatch(/^30 of 30 .*"file29" 49\.00 %.*"file28".*"file27".*, …$/);
    expect(message.match(/"file/g)).toHaveLength(3);
  });

  it("has nothing to say of a text of one file, or where nothing is current", () => {
    for (const files of [[], null, undefined]) expect(checkFiles(files)).toBeUndefined();
  });
});

describe("measuring a release", () => {
  let folder: string;
  let corpus: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gate-"));
    corpus = join(folder, "text.txt");
    await writeFile(
      corpus,
      "The state of the union is great. Our people unit in zebras. ".repeat(300),
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  const filesOf = (model: MasterModel) => ({
    master: writeMasterFile(model),
    edge: writeEdgeFile(model),
  });

  /** A model that knows nothing: every word of its vocabulary is as probable. */
  function ignorant(model = makeTinyModel()): MasterModel {
    for (const tensor of model.weights.values()) tensor.fill(0);
    return model;
  }

  /** The same model with its last words unknown to it. */
  function forgetful(model: MasterModel, size: number): MasterModel {
    const { vocabulary, metadata } = model;
    return ignorant({
      ...makeTinyModel({ config: { ...metadata.config, vocabularySize: size } }),
      vocabulary: new Vocabulary(vocabulary.entries.slice(0, size)),
    });
  }

  it("measures both versions on the same words, as the edge would", async () => {
    const candidate = filesOf(makeTinyModel({ spread: 0.05 }));
    const current = filesOf(makeTinyModel({ spread: 0.05, seed: 2 })).edge;
    const measured = await evaluateCandidate(candidate, current, { corpus, threads: 1 });
    const swapped = await evaluateCandidate(
      filesOf(makeTinyModel({ spread: 0.05, seed: 2 })),
      candidate.edge,
      { corpus, threads: 1 },
    );
    expect(measured.perplexity).toBe(swapped.currentPerplexity);
    expect(measured.currentPerplexity).toBe(swapped.perplexity);
    expect(measured.int8Perplexity / measured.float32Perplexity).toBeCloseTo(1, 2);
    expect(measured.memoryBytes).toBeGreaterThan(candidate.edge.length);
    expect(measured.millisecondsPerToken).toBeGreaterThan(0);
  });

  it("does not reward a vocabulary that leaves the text's words out", async () => {
    // of the text's words only "zebras" and "is" … are unknown to the larger one; to the smaller almost all are
    const large = ignorant();
    const small = forgetful(large, 6);
    const measured = await evaluateCandidate(filesOf(small), filesOf(large).edge, {
      corpus,
      threads: 1,
    });
    // by plain perplexity the smaller one looks better, one in 6 against one in 33
    expect(measured.int8Perplexity).toBeCloseTo(6, 2);
    expect(measured.perplexity).toBeGreaterThan(measured.int8Perplexity);
    const [perplexity] = checkGate(measured);
    expect(perplexity!.limit).toBeLessThan(33.5 * (1 + PERPLEXITY_TOLERANCE));
  });

  it("measures what is served: the n-grams beside the network, over all the words they know", async () => {
    const network = makeTinyModel({ spread: 0.05 });
    const [bare, whole] = [filesOf(network), filesOf(withTinyNgrams(network))];
    const measured = await evaluateCandidate(whole, bare.edge, { corpus, threads: 1 });
    const swapped = await evaluateCandidate(bare, whole.edge, { corpus, threads: 1 });
    expect(swapped.int8Perplexity).toBe(measured.int8Perplexity);
    expect(swapped.perplexity).toBe(measured.currentPerplexity);
    expect(swapped.currentPerplexity).toBe(measured.perplexity);

    const { network: model, ...scorer } = await openMixtureScorer(whole.edge);
    const { words } = await readTestWords(await findSources(corpus), tokenizerOf(model.metadata), {
      units: [],
      max: measured.tokens,
    });
    const ids = Int32Array.from(words, (word) => model.words.idOf(word));
    let logProbability = 0; // "zebras" alone is unknown, so that <unk> stands for one word
    const { endId, size: vocabularySize } = model.words;
    await scoreTokens(scorer, ids, { endId, vocabularySize }, (at, row) => {
      logProbability += row[ids[at]!]!;
    });
    expect(measured.perplexity).toBeCloseTo(Math.exp(-logProbability / words.length), 3);
    expect(measured.perplexity).not.toBeCloseTo(measured.int8Perplexity, 1);
  });

  it("measures each file, its unknown words told apart as in the whole text", async () => {
    const texts = ["The state of the union is great. Our people unite. ", "Zebras eat in zoos. "];
    const several = join(folder, "several");
    await mkdir(join(several, "test"), { recursive: true });
    for (const split of ["train", "valid"]) await writeFile(join(several, `${split}.txt`), texts[0]!); // prettier-ignore
    for (const [at, text] of texts.entries()) await writeFile(join(several, "test", `${at}.txt`), text.repeat(40)); // prettier-ignore
    const candidate = filesOf(makeTinyModel({ spread: 0.3 }));
    const current = filesOf(forgetful(makeTinyModel(), 9)).edge;
    const measured = await evaluateCandidate(candidate, current, { corpus: several, threads: 1 });
    const files = measured.files!;
    expect(files.map(({ file }) => file)).toEqual(["test/0.txt", "test/1.txt"]);
    const sum = (valueOf: (file: (typeof files)[number]) => number) =>
      files.reduce((total, file) => total + file.tokens * valueOf(file), 0) / measured.tokens;
    expect(sum(() => 1)).toBe(1);
    expect(sum(({ perplexity }) => Math.log(perplexity))).toBeCloseTo(Math.log(measured.perplexity), 10); // prettier-ignore
    expect(sum(({ currentPerplexity }) => Math.log(currentPerplexity))).toBeCloseTo(Math.log(measured.currentPerplexity!), 10); // prettier-ignore
    expect(files[1]!.perplexity).toBeGreaterThan(1.5 * files[0]!.perplexity);

    const alone = await evaluateCandidate(candidate, current, { corpus, threads: 1 });
    expect(alone.files).toEqual([]);
    const first = await evaluateCandidate(candidate, null, { corpus: several, threads: 1 });
    expect(first.files).toBeNull();
  });

  it("refuses to compare models that cut text in different ways", async () => {
    const current = filesOf(makeTinyModel({ tokenizer: "whitespace" })).edge;
    await expect(
      evaluateCandidate(filesOf(makeTinyModel()), current, { corpus, threads: 1 }),
    ).rejects.toThrow("cannot be compared");
  });
});
