// test/cli/run-program: the program as a shell runs it, in a process of its own: exit status and both streams.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

const PROGRAM = fileURLToPath(new URL("../../cli/afterword.ts", import.meta.url));

export interface Outcome {
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs `afterword` with these words in a folder, with this environment beside the test's own. */
export function runProgram(
  words: string[],
  { folder, environment = {} }: { folder: string; environment?: Record<string, string> },
): Promise<Outcome> {
  const options = { cwd: folder, env: { ...process.env, ...environment } };
  return new Promise((settle) => {
    execFile(process.execPath, [PROGRAM, ...words], options, (error, stdout, stderr) =>
      settle({ status: (error?.code as number | undefined) ?? 0, stdout, stderr }),
    );
  });
}

/** The program ended with this status and said why in one line on stderr, nothing on stdout. */
export function expectOneLine(outcome: Outcome, status: number, message: string): void {
  const { stdout, stderr } = outcome;
  expect(stderr).toContain(message);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stdout).toBe("");
  expect(outcome.status).toBe(status);
}
