#!/usr/bin/env node
// cli/afterword: finds the command, runs it, prints its answer. Exit status: 0, 1 for a failure, 2 for wrong usage.

import { helpOf, parseArguments, StoppedError, UsageError } from "./command.ts";
import type { Command } from "./command.ts";

// by one word or two; loaded when called: `predict` need not wait for what `train` imports
const COMMANDS: Record<string, () => Promise<Command>> = {
  start: async () => (await import("./commands/start.ts")).start,
  train: async () => (await import("./commands/train.ts")).train,
  evaluate: async () => (await import("./commands/evaluate.ts")).evaluate,
  publish: async () => (await import("./commands/publish.ts")).publish,
  promote: async () => (await import("./commands/promote.ts")).promote,
  rollback: async () => (await import("./commands/rollback.ts")).rollback,
  export: async () => (await import("./commands/export.ts")).exportModel,
  models: async () => (await import("./commands/models.ts")).models,
  serve: async () => (await import("./commands/serve.ts")).serve,
  predict: async () => (await import("./commands/predict.ts")).predict,
  job: async () => (await import("./commands/job.ts")).job,
  deploy: async () => (await import("./commands/deploy.ts")).deploy,
  doctor: async () => (await import("./commands/doctor.ts")).doctor,
  "corpus push": async () => (await import("./commands/corpus-push.ts")).corpusPush,
  retrain: async () => (await import("./commands/retrain.ts")).retrain,
  jobs: async () => (await import("./commands/jobs.ts")).jobs,
  logs: async () => (await import("./commands/logs.ts")).logs,
  sweep: async () => (await import("./commands/sweep.ts")).sweep,
  "sweep rank": async () => (await import("./commands/sweep.ts")).sweepRank,
  costs: async () => (await import("./commands/costs.ts")).costs,
  destroy: async () => (await import("./commands/destroy.ts")).destroy,
  "schedule list": async () => (await import("./commands/schedule.ts")).scheduleList,
  "schedule set": async () => (await import("./commands/schedule.ts")).scheduleSet,
  "schedule pause": async () => (await import("./commands/schedule.ts")).schedulePause,
  "schedule resume": async () => (await import("./commands/schedule.ts")).scheduleResume,
};

async function writeHelp(): Promise<string> {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(
    async ([name, load]) => `  ${name.padEnd(width)} ${(await load()).summary}`,
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

async function main(given: string[]): Promise<void> {
  const [first] = given;
  if (first === undefined || first === "--help" || first === "help") {
    process.stdout.write(await writeHelp());
    return;
  }
  const { name, words } = findCommand(given);
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

/** The command that the first words name, two of them where there is such a command, and the words after its name. */
function findCommand(given: string[]): { name: string; words: string[] } {
  for (const length of [2, 1]) {
    const name = given.slice(0, length).join(" ");
    if (Object.hasOwn(COMMANDS, name)) return { name, words: given.slice(length) };
  }
  const [first] = given;
  const names = Object.keys(COMMANDS);
  const family = names.filter((name) => name.startsWith(`${first} `));
  const choices = (family.length > 0 ? family : names).join(", ");
  const wrong = family.length > 0 ? given.slice(0, 2).join(" ") : first;
  throw new UsageError(`unknown command "${wrong}"; choose one of ${choices}`);
}

function exitStatusOf(error: unknown): number {
  if (error instanceof UsageError) return 2;
  return error instanceof StoppedError ? 143 : 1;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const { message } = error as Error;
  const hint = error instanceof UsageError ? "; see --help" : "";
  process.stderr.write(`afterword: ${message}${hint}\n`);
  if (process.env.AFTERWORD_DEBUG) process.stderr.write(`${(error as Error).stack}\n`);
  process.exitCode = exitStatusOf(error);
}
