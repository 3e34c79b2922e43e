// What `train` begins with where no preset is given: the base model for English prose in its own shape, else nothing.

import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { runProgram } from "./run-program.ts";

const BASE = fileURLToPath(new URL("../../base/master.safetensors", import.meta.url));
const SENTENCE = (index: number) =>
  `On day ${index} the ${["miller", "farmer", "baker"][index % 3]} went to town and sold what he had made. `;

describe("a run without a preset", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "beginning-"));
    const text = Array.from({ length: 300 }, (_, index) => SENTENCE(index)).join("\n\n");
    writeFileSync(join(folder, "notes.txt"), text);
  });
  const train = async (...words: string[]) => {
    const common = ["train", "--corpus", "notes.txt", "--max-steps", "1", "--json"];
    const { status, stdout, stderr } = await runProgram([...common, ...words], { folder });
    expect(status, stderr).toBe(0);
    const summary = JSON.parse(stdout) as { parent?: { version: string } };
    return { version: summary.parent?.version, stderr };
  };

  const settingsOf = (run: string) =>
    JSON.parse(readFileSync(join(folder, run, "settings.json"), "utf8"));

  it("goes on from the base model and says so", async () => {
    const { version, stderr } = await train("--run", "from-base");
    const digest = createHash("sha256").update(readFileSync(BASE)).digest("hex");
    expect(version).toBe(`sha256:${digest}`);
    expect(stderr).toContain("goes on from the base model");
  });

  it.each([
    { words: [], streams: 8 },
    { words: ["--batch-size", "16"], streams: 16 },
  ])("takes batches of $streams streams from a small text with options $words", async (batches) => {
    const run = `batches-of-${batches.streams}`;
    await train("--run", run, ...batches.words);
    expect(settingsOf(run).training.batchSize).toBe(batches.streams);
  });

  it("resumes one that is older than some settings, with the preset named again or not", async () => {
    const words = ["--run", "older", "--preset", "quick", "--from", "none"];
    await train(...words, "--no-averaging"); // as it was
    const file = join(folder, "older/settings.json");
    const settings = JSON.parse(readFileSync(file, "utf8"));
    const { keepProb, minCount: _, scrub: __, averaging: ___, ...training } = settings.training;
    // as a release before had them
    writeFileSync(file, JSON.stringify({ ...settings, training: { ...training, keepProbability: keepProb } })); // prettier-ignore
    await train(...words, "--resume", "--max-steps", "2");
    await train("--run", "older", "--resume", "--max-steps", "3");
    const lines = readFileSync(join(folder, "older/metrics.jsonl"), "utf8").trim().split("\n");
    expect(lines.length).toBeGreaterThan(0);
  });

  it("goes on at a low learning rate with a preset too, which must have the model's shape", async () => {
    const shape = ["--preset", "quick", "--hidden-size", "24"];
    await train("--run", "parent", "--from", "none", ...shape);
    const from = ["--from", "parent/master.safetensors"];
    const { stderr } = await train("--run", "gentle", ...from, ...shape);
    expect(stderr).toContain(
      "a low learning rate, to go on from a model, in place of preset quick's",
    );
    await train("--run", "asked", ...from, ...shape, "--learning-rate", "0.9");
    const rates = ["parent", "gentle", "asked"].map((run) => settingsOf(run).training.learningRate);
    expect(rates).toEqual([1, 0.6, 0.9]);
    const words = [
      "train",
      "--corpus",
      "notes.txt",
      "--run",
      "other",
      ...from,
      "--preset",
      "quick",
    ];
    const refused = await runProgram(words, { folder });
    expect(refused.stderr).toContain(
      "has hiddenSize 24, not 160; to go on from it, train with the same",
    );
    expect(refused.status).toBe(1);
  });

  it("goes on, where it is started again as it was, with what it chose by its text", async () => {
    const words = ["train", "--corpus", "notes.txt", "--from", "none", "--preset", "quick"];
    const small = [...words, "--hidden-size", "16", "--num-steps", "5", "--run", "chosen", "--resume", "--json"]; // prettier-ignore
    const runs = [await runProgram(small, { folder }), await runProgram(small, { folder })];
    expect(runs[0]!.stderr).toContain("the text is small");
    expect(runs[1]!.stderr).toContain('run "chosen" has finished');
    expect(runs[1]!.stdout).toBe(runs[0]!.stdout);
  });

  it("takes the language of the model that it goes on from, unless one is given", async () => {
    const languageOf = (run: string): unknown => settingsOf(run).language;
    await train("--run", "turkish", "--from", "none", "--language", "tr");
    const from = ["--from", "turkish/master.safetensors"];
    await train("--run", "child", ...from);
    await train("--run", "child", "--resume", "--max-steps", "2");
    await train("--run", "english", ...from, "--language", "en");
    expect(["child", "english"].map(languageOf)).toEqual(["tr", "en"]);
  });

  it.each([
    ["--from none", ["--from", "none"]],
    ["another language", ["--language", "de"]],
    ["a shape of its own", ["--hidden-size", "24"]],
    ["a preset", ["--preset", "quick"]],
  ])("begins from nothing with %s", async (_, words) => {
    const { version } = await train("--run", `run-${words.join("")}`, ...words);
    expect(version).toBeUndefined();
  });
});
