// cli/parser: the command line by commander, from the commands' tables: which command is meant, its options, its help.
// Errors come as UsageError, one line each; runs no command.

import { Command as Program, CommanderError, Option } from "commander";
import { Arguments, UsageError } from "./command.ts";
import type { Command, OptionSpec, OptionValue } from "./command.ts";
import { typedPath } from "./typed-path.ts";

const COMMON_OPTIONS: Record<string, OptionSpec> = {
  json: { help: "print one line of JSON on stdout, progress on stderr" },
};

type Groups = Record<string, Record<string, () => Promise<Command>>>;

export interface Parsed {
  command: Command;
  args: Arguments;
}

/**
 * What the words ask for; null where they asked for help or the version, which is printed then.
 * @throws UsageError where they name no command, or the command has no such option
 */
export async function parseWords(
  words: string[],
  groups: Groups,
  version: string,
): Promise<Parsed | null> {
  const commands: Groups[string] = Object.assign({}, ...Object.values(groups));
  const chosen = findCommand(words, commands);
  const program = newProgram("afterword").version(version, "-V, --version", "print the version");
  // `promote --version` is its own: options of the program stand before the command
  program.usage("<command> [options]").enablePositionalOptions();
  let parsed: Parsed | null = null;
  for (const [heading, group] of Object.entries(groups)) {
    for (const [name, load] of Object.entries(group)) {
      const leaf = addLeaf(program, name);
      leaf.helpGroup(heading + ":");
      // its own help or run needs all of a command; the list of commands needs every summary
      if (chosen !== undefined && chosen !== name && !name.startsWith(`${chosen} `)) continue;
      const command = await load();
      const read = describe(leaf, command);
      leaf.action(() => void (parsed = { command, args: read() }));
    }
  }
  listLeaves(program, Object.keys(commands));
  const [first, ...rest] = words;
  const asksForHelp = first === undefined || (first === "help" && chosen !== undefined);
  const meant = first === "-v" ? ["--version"] : words; // commander knows one letter for it, -V
  parse(program, asksForHelp ? [...rest, "--help"] : meant, commands);
  return parsed;
}

/** Reads the words of one command. */
export function parseArguments(command: Command, words: string[]): Arguments {
  const program = newProgram("afterword");
  const read = describe(program, command);
  program.action(() => {});
  parse(program, words, {});
  return read();
}

function newProgram(name: string): Program {
  return new Program(name)
    .helpOption("-h, --help", "print this help")
    .exitOverride()
    .configureOutput({ writeErr: () => {} }) // an error becomes one line of ours
    .allowExcessArguments(true); // which is told with the word that is too much
}

/** The command that the words name, two of them where there is such a command. */
function findCommand(words: string[], commands: object): string | undefined {
  const [first, ...rest] = words;
  const named = first === "help" ? rest : words;
  const names = [named.slice(0, 2).join(" "), named[0] ?? ""];
  return names.find((name) => Object.hasOwn(commands, name));
}

/** The place of a command in the program, below a group where its name has two words. */
function addLeaf(program: Program, name: string): Program {
  return name.split(" ").reduce((parent, word) => {
    const found = parent.commands.find((command) => command.name() === word);
    return found ?? parent.command(word);
  }, program);
}

/** Gives a command its options and help; what comes back reads what was typed. */
function describe(program: Program, command: Command): () => Arguments {
  const { summary, positionals, examples, notes } = command;
  const specs = { ...command.options, ...COMMON_OPTIONS };
  program.summary(summary).description(summary);
  if (positionals) {
    const { name, help, many } = positionals;
    program
      .argument(`[${name}${many ? "..." : ""}]`, help)
      .usage(`${name}${many ? " …" : ""} [options]`);
  }
  for (const [name, spec] of Object.entries(specs)) addOption(program, name, spec);
  const lines = ["", "Examples:", ...examples.map((example) => `  npx afterword ${example}`)];
  program.addHelpText("after", [...lines, ...(notes ? ["", notes] : [])].join("\n"));
  return () => {
    const max = positionals ? (positionals.many ? Infinity : 1) : 0;
    if (program.args.length > max)
      throw new UsageError(`unexpected argument "${program.args[max]}"`);
    const given: Record<string, OptionValue> = {};
    const defaults: Record<string, string | undefined> = {};
    for (const [name, spec] of Object.entries(specs)) {
      const key = new Option(`--${name}`).attributeName();
      if (program.getOptionValueSource(key) === "cli") {
        given[name] = program.getOptionValue(key) as OptionValue;
      }
      defaults[name] = spec.default;
    }
    const words = positionals?.isPath ? program.args.map((path) => typedPath(path)) : program.args;
    return new Arguments(words, given, defaults);
  };
}

function addOption(program: Program, name: string, spec: OptionSpec): void {
  const { value, help, many, negatable, isPath, words, default: standard } = spec;
  const option = new Option(`--${name}${value ? ` <${value}>` : ""}`, help);
  if (standard !== undefined) option.default(standard, standard);
  if (value) {
    option.argParser((text: string, before: string | string[] | undefined) => {
      if (/^--[a-z]/.test(text)) throw new UsageError(`--${name} needs a value, got "${text}"`);
      const typed = isPath && !words?.includes(text) ? typedPath(text) : text;
      return many ? [...((before as string[] | undefined) ?? []), typed] : typed;
    });
  }
  program.addOption(option);
  if (negatable) program.addOption(new Option(`--no-${name}`, `not --${name}`));
}

/** The list of commands names those of two words too. */
function listLeaves(program: Program, names: string[]): void {
  const leaves = new Map(names.map((name) => [addLeaf(program, name), name]));
  const leavesOf = (command: Program): Program[] => [
    ...(leaves.has(command) ? [command] : []),
    ...command.commands.flatMap(leavesOf),
  ];
  const help = {
    visibleCommands: (command: Program) => command.commands.flatMap(leavesOf),
    subcommandTerm: (command: Program) => leaves.get(command) ?? command.name(),
  };
  program.configureHelp(help).addHelpText("after", "\nEvery command has --help and --json.");
  for (const group of program.commands.filter(({ commands }) => commands.length > 0)) {
    group.configureHelp(help);
    if (!leaves.has(group)) group.usage("<command> [options]");
  }
}

function parse(program: Program, words: string[], commands: object): void {
  try {
    program.parse(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return; // help or the version was asked for, and printed
    throw new UsageError(explain(error, words, Object.keys(commands)));
  }
}

/** Commander's error as one line; for a command that there is not, the nearest one or all. */
function explain({ code, message }: CommanderError, words: string[], names: string[]): string {
  const [first, second = ""] = message.replace(/^error: /, "").split("\n") as [string, string?];
  const similar = /Did you mean (?:one of )?(.*)\?/.exec(second)?.[1];
  if (code !== "commander.unknownCommand" && code !== "commander.help") {
    return similar === undefined ? first : `${first}; did you mean ${similar}?`;
  }
  const family = names.filter((name) => name.startsWith(`${words[0]} `));
  const wrong = words.slice(0, family.length > 0 ? 2 : 1).join(" ");
  if (similar !== undefined) {
    const near = family.length > 0 ? `${words[0]} ${similar}` : similar;
    return `unknown command "${wrong}"; did you mean "${near}"?`;
  }
  return `unknown command "${wrong}"; choose one of ${(family.length > 0 ? family : names).join(", ")}`;
}
