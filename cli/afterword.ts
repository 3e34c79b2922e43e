#!/usr/bin/env node
// cli/afterword: finds the command, runs it, prints its answer. Exit status: 0, 1 for a failure, 2 for wrong usage.

import { StoppedError, UsageError } from "./command.ts";
import { COMMAND_GROUPS } from "./commands.ts";
import { parseWords } from "./parser.ts";
import { clearProgress } from "./progress.ts";
import { readVersion } from "./version.ts";

async function main(words: string[]): Promise<void> {
  const parsed = await parseWords(words, COMMAND_GROUPS, readVersion());
  if (!parsed) return;
  const { command, args } = parsed;
  const answer = await command.run(args);
  clearProgress();
  if (!answer) return;
  if (args.json) process.stdout.write(JSON.stringify(answer.json) + "\n");
  if (answer.failed) throw new Error(answer.text);
  if (args.json) return;
  process.stdout.write(answer.text + "\n");
  if (answer.next !== undefined) process.stdout.write(`next: ${answer.next}\n`);
}

function exitStatusOf(error: unknown): number {
  if (error instanceof UsageError) return 2;
  return error instanceof StoppedError ? 143 : 1;
}

// whoever reads the output may have had enough of it: `afterword --help | head`
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : 1);
});

try {
  await main(process.argv.slice(2));
} catch (error) {
  clearProgress();
  const { message } = error as Error;
  const hint = error instanceof UsageError ? "; see --help" : "";
  process.stderr.write(`afterword: ${message}${hint}\n`);
  if (process.env.AFTERWORD_DEBUG) process.stderr.write(`${(error as Error).stack}\n`);
  process.exitCode = exitStatusOf(error);
}
