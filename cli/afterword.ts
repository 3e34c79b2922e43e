#!/usr/bin/env node
// cli/afterword: finds the command, runs it, prints its answer. Exit status: 0, 1 for a failure, 2 for wrong usage.

import { helpOf, parseArguments, UsageError } from "./command.ts";
import type { Command } from "./command.ts";
import { evaluate } from "./evaluate.ts";
import { models } from "./models.ts";
import { predict } from "./predict.ts";
import { publish } from "./publish.ts";
import { serve } from "./serve.ts";
import { start } from "./start.ts";
import { train } from "./train.ts";

const COMMANDS: Record<string, Command> = {
  start,
  train,
  evaluate,
  publish,
  models,
  serve,
  predict,
};

const HELP = [
  "afterword <command> [options]",
  "",
  ...Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`),
  "",
  "Every command has --help and --json.",
  "",
].join("\n");

async function main([name, ...words]: string[]): Promise<void> {
  if (name === undefined || name === "--help" || name === "help") {
    process.stdout.write(HELP);
    return;
  }
  if (!Object.hasOwn(COMMANDS, name)) {
    throw new UsageError(
      `unknown command "${name}"; choose one of ${Object.keys(COMMANDS).join(", ")}`,
    );
  }
  const command = COMMANDS[name]!;
  if (words.includes("--help")) {
    process.stdout.write(helpOf(name, command));
    return;
  }
  const args = parseArguments(command, words);
  const answer = await command.run(args);
  if (answer)
    process.stdout.write(args.json ? JSON.stringify(answer.json) + "\n" : answer.text + "\n");
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const { message } = error as Error;
  const hint = error instanceof UsageError ? "; see --help" : "";
  process.stderr.write(`afterword: ${message}${hint}\n`);
  if (process.env.AFTERWORD_DEBUG) process.stderr.write(`${(error as Error).stack}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
