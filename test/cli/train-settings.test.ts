// The hyper-parameters as options of `train`: what is refused before anything is read, and what older runs mean.

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hyperParameters } from "#model/hyper-parameters";
import { UsageError } from "../../cli/command.ts";
import { train } from "../../cli/commands/train.ts";
import { runCommand } from "./run-command.ts";
import { expectOneLine, runProgram } from "./run-program.ts";

let folder: string;
let corpus: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "settings-"));
  corpus = join(folder, "text.txt");
  await writeFile(corpus, "The state of the union is great. Our people unite. ".repeat(300));
});
afterAll(() => rm(folder, { recursive: true }));

const TINY = ["--hidden-size", "8", "--batch-size", "4", "--max-steps", "2", "--threads", "1"];
const runTrain = (run: string, ...words: string[]) =>
  runCommand(train, "--corpus", corpus, "--run", join(folder, run), ...words);

describe("a value that cannot be is wrong usage, told by the option that was typed", () => {
  it.each([
    [["--num-layers", "9"], "--num-layers must be a whole number from 1 to 8, got 9"],
    [["--num-layers", "0"], "--num-layers must be a whole number from 1 to 8, got 0"],
    [["--num-layers=99"], "--num-layers must be a whole number from 1 to 8, got 99"],
    [["--hidden-size", "0"], "--hidden-size must be a whole number from 1"],
    [["--hidden-size", "-5"], "--hidden-size must be a whole number from 1"],
    [["--clip", "-1"], "--clip must be a number from 0.000001"],
    [["--learning-rate", "-1"], "--learning-rate must be a number from 0"],
    [["--hidden-size", "2.5"], "--hidden-size must be a whole number from 1"],
    [["--forget-bias", "1e9"], "--forget-bias must be a number from -10 to 10"],
    [["--vocabulary-size", "1"], "--vocabulary-size must be a whole number from 4"],
    [["--clip=-1"], "--clip must be a number from 0.000001"],
    [["--epochs", "2.5"], "--epochs must be a whole number from 1"],
    [["--epochs", "many"], '--epochs must be a number, got "many"'],
    [["--keep-prob", "0"], "--keep-prob must be a number from 0.01 to 1"],
    [["--dropout", "1"], "--dropout must be a number from 0 to 0.99, got 1"],
    [["--dropout", "0.5", "--keep-prob", "0.5"], "--keep-prob and --dropout are one setting"],
  ])("%j", async (words, message) => {
    const failure = await runTrain("none", ...words).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect((failure as Error).message).toContain(message);
  });

  it("ends the program with status 2 and one line", async () => {
    const words = ["train", "--corpus", corpus, "--clip=-1"];
    expectOneLine(await runProgram(words, { folder }), 2, "--clip must be a number");
  });

  it.each(hyperParameters.filter(([, { kind }]) => kind !== "boolean"))(
    "is refused beyond both ends of %s",
    async (_, { flag, min, max }) => {
      for (const value of [min! - 1, max! + 1, Number.NaN]) {
        await expect(runTrain("none", `--${flag}=${value}`)).rejects.toThrow(`--${flag} must be`);
      }
    },
  );
});

describe("a run's settings", () => {
  const settingsOf = async (run: string) =>
    JSON.parse(await readFile(join(folder, run, "settings.json"), "utf8"));

  it("keep the share of --keep-prob and drop that of --dropout and --weight-drop", async () => {
    const { progress } = await runTrain(
      "drop",
      ...TINY,
      "--dropout",
      "0.2",
      "--weight-drop",
      "0.1",
    );
    const { training } = await settingsOf("drop");
    expect([training.keepProb, training.recurrentKeepProb]).toEqual([0.8, 0.9]);
    expect(progress).toContain("--dropout 0.2 drops 20 % and keeps 80 %; in the first release");
    expect(progress).toContain("--weight-drop 0.1 drops 10 % and keeps 90 %");
    const kept = await runTrain("keep", ...TINY, "--keep-prob", "0.8", "--no-tied");
    expect((await settingsOf("keep")).training.keepProb).toBe(0.8);
    expect(kept.progress).not.toContain("first release");
  });

  it("go on where they lack a newer hyper-parameter or have the names of an earlier release", async () => {
    await runTrain("old", ...TINY, "--keep-prob", "0.9");
    const settings = await settingsOf("old");
    const {
      keepProb,
      recurrentKeepProb,
      averaging: _,
      lockedDropout: _2,
      sampledWords: _3,
      ...training
    } = settings.training;
    const older = {
      ...training,
      keepProbability: keepProb,
      recurrentKeepProbability: recurrentKeepProb,
    };
    await writeFile(
      join(folder, "old", "settings.json"),
      JSON.stringify({ ...settings, training: older }),
    );
    const { progress } = await runCommand(train, "--resume", "--run", join(folder, "old"));
    expect(progress).toContain("has finished; there is nothing to go on with");
    const again = await runTrain("old", "--resume", ...TINY, "--keep-prob", "0.9");
    expect(again.progress).toContain("has finished");
  });

  it("say how the files of its corpus were read", async () => {
    const notes = join(folder, "notes");
    await mkdir(notes);
    await writeFile(
      join(notes, "old.txt"),
      Buffer.from("Un caf\xe9 est bon. ".repeat(400), "latin1"),
    );
    await writeFile(join(notes, "table.csv"), new Uint8Array([0, 1, 2, 3]));
    const words = ["--corpus", notes, "--run", join(folder, "read"), ...TINY];
    await expect(runCommand(train, ...words)).rejects.toThrow("--exclude");
    await runCommand(
      train,
      ...words,
      "--encoding",
      "windows-1252",
      "--exclude",
      "*.csv",
      "--exclude",
      "*.log",
    );
    const source = { encoding: "windows-1252", exclude: ["*.csv", "*.log"] };
    expect(await settingsOf("read")).toMatchObject(source);
  });
});
