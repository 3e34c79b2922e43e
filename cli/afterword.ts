#!/usr/bin/env node
// cli/afterword: finds the command, runs it, prints its answer. Exit status: 0, 1 for a failure, 2 for wrong usage.

import { helpOf, parseArguments, UsageError } from "./command.ts";
import type { Command } from "./command.ts";

// loaded when called: `predict` need not wait for what `train` imports
const COMMANDS: Record<string, () => Promise<Command>> = {
  start: async () => (await import("./start.ts")).start,
  train: async () => (await import("./train.ts")).train,
  evaluate: async () => (await import("./evaluate.ts")).evaluate,
  publish: async () => (await import("./publish.ts")).publish,
  promote: async () => (await import("./promote.ts")).promote,
  rollback: async () => (await import("./rollback.ts")).rollback,
  export: async () => (await import("./export.ts")).exportModel,
  models: async () => (await import("./models.ts")).models,
  serve: async () => (await import("./serve.ts")).serve,
  predict: async () => (await import("./predict.ts")).predict,
};

async function writeHelp(): Promise<string> {
  const lines = Object.entries(COMMANDS).map(
    async ([name, load]) => `  ${name.padEnd(10)} ${(await load()).summary}`,
  );
  return [
    "afterword <command> [options]",
    "",
    ...(await Promise.all(lines)),
    "",
    "Every command has --help and --json.",
    "",
  ].join("\n");
}

async function main([name, ...words]: string[]): Promise<void> {
  if (name === undefined || name === "--help" || name === "help") {
    process.stdout.write(await writeHelp());
    return;
  }
  if (!Object.hasOwn(COMMANDS, name)) {
    throw new UsageError(
      `unknown command "${name}"; choose one of ${Object.keys(COMMANDS).join(", ")}`,
    );
  }
  const command = await COMMANDS[name]!();
  if (words.includes("--help")) {
    process.stdout.write(helpOf(name, command));
    return;
  }
  const args = parseArguments(command, words);
  const answer = await command.run(args);
  if (!answer) return;
  if (args.json) process.stdout.write(JSON.stringify(answer.json) + "\n");
  if (answer.failed) throw new Error(answer.text);
  if (!args.json) process.stdout.write(answer.text + "\n");
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
