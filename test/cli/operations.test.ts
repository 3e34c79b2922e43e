// The operations as a shell sees them: names of two words, exit status, one line on stderr. What they ask of AWS is
// test/operations's.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectOneLine, runProgram } from "./run-program.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-"));
});
afterAll(() => rm(folder, { recursive: true }));

const afterword = (...words: string[]) => runProgram(words, { folder });

describe("commands of two words", () => {
  it("are listed and explained like any other", async () => {
    const { stdout } = await afterword("--help");
    for (const name of ["corpus push", "schedule set", "sweep rank", "retrain", "doctor", "job"]) {
      expect(stdout).toMatch(new RegExp(`\n  ${name} +[A-Z]`));
    }
    const { stdout: help } = await afterword("schedule", "set", "--help");
    expect(help).toContain("Usage: afterword schedule set WHEN [options]");
  });
});

describe("wrong usage ends with status 2 and one line that says what to do", () => {
  it.each([
    [["schedule"], 'unknown command "schedule"; choose one of schedule list, schedule set'],
    [["schedule", "stop"], 'unknown command "schedule stop"; choose one of schedule list'],
    [["corpus", "push"], "give the folder, e.g. corpus push notes/"],
    [["schedule", "set", "weekly"], '"weekly" is no schedule; write e.g.'],
    [["jobs", "--days", "many"], '--days must be a number, got "many"'],
    [["job"], "AFTERWORD_STORE is needed"],
  ])("%j", async (words, message) => {
    expectOneLine(await afterword(...words), 2, message);
  });
});

describe("a failure ends with status 1 and one line that says what to do", () => {
  it("where there is no configuration", async () => {
    expectOneLine(await afterword("doctor", "--json"), 1, "afterword: cannot read cdk.json: ");
  });
});
