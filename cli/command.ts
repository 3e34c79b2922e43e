// cli/command: what a command is: its options in one table, from which come parsing, checking and the help text.

import { parseArgs } from "node:util";

/** The words were wrong, not the work: exit status 2. */
export class UsageError extends Error {}

/** What `read` makes of the words; where it throws, they were wrong. */
export function asUsage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** The work was stopped by a signal where it can go on: exit status 143, as of a process that SIGTERM ended. */
export class StoppedError extends Error {}

export interface OptionSpec {
  value?: string; // what the help calls its value; a flag without one
  help: string;
  default?: string;
  negatable?: boolean; // a flag that --no-… switches off
}

export interface CommandResult {
  json: object; // what `--json` prints
  text: string; // what a person reads
  failed?: boolean; // the work was done and its answer is no: exit status 1
}

export interface Command {
  summary: string;
  positionals?: { name: string; help: string; many?: boolean }; // one, or any number
  options: Record<string, OptionSpec>;
  examples: string[];
  /** Does the work; a command that serves until it is stopped answers nothing. */
  run(args: Arguments): Promise<CommandResult | undefined>;
}

/** A command's options as given, checked against its table. */
export class Arguments {
  readonly positionals: string[];
  readonly #values: Record<string, string | boolean | undefined>;
  readonly #defaults: Record<string, string | undefined>;

  constructor(
    positionals: string[],
    values: Record<string, string | boolean | undefined>,
    defaults: Record<string, string | undefined>,
  ) {
    this.positionals = positionals;
    this.#values = values;
    this.#defaults = defaults;
  }

  get json(): boolean {
    return this.has("json");
  }

  has(name: string): boolean {
    return this.#values[name] === true;
  }

  /** What was given, defaults left out. */
  given(name: string): string | boolean | undefined {
    return this.#values[name];
  }

  text(name: string): string | undefined {
    return (this.#values[name] as string | undefined) ?? this.#defaults[name];
  }

  requireText(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === "") throw new UsageError(`--${name} is needed`);
    return value;
  }

  number(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (value.trim() === "" || !Number.isFinite(number)) {
      throw new UsageError(`--${name} must be a number, got "${value}"`);
    }
    return number;
  }

  whole(name: string, least: number, most: number): number | undefined {
    const number = this.number(name);
    if (number === undefined) return undefined;
    if (!Number.isInteger(number) || number < least || number > most) {
      throw new UsageError(
        `--${name} must be a whole number from ${least} to ${most}, got ${number}`,
      );
    }
    return number;
  }
}

const COMMON_OPTIONS: Record<string, OptionSpec> = {
  json: { help: "print one line of JSON on stdout, progress on stderr" },
  help: { help: "print this help" },
};

export function parseArguments(command: Command, words: string[]): Arguments {
  const options = { ...command.options, ...COMMON_OPTIONS };
  const table = Object.fromEntries(
    Object.entries(options).map(([name, { value }]) => [
      name,
      value ? { type: "string" as const } : { type: "boolean" as const },
    ]),
  );
  const defaults = Object.fromEntries(
    Object.entries(options).map(([name, { default: standard }]) => [name, standard]),
  );
  const most = command.positionals ? (command.positionals.many ? Infinity : 1) : 0;
  try {
    const { values, positionals } = parseArgs({
      args: words,
      allowNegative: true,
      options: table,
      allowPositionals: true,
    });
    if (positionals.length > most) {
      throw new UsageError(`unexpected argument "${positionals[most]}"`);
    }
    const given = values as Record<string, string | boolean | undefined>;
    return new Arguments(positionals, given, defaults);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const [firstSentence] = (error as Error).message.split(/\.(?:\s|$)|\n/);
    throw new UsageError(firstSentence!.charAt(0).toLowerCase() + firstSentence!.slice(1));
  }
}

export function helpOf(name: string, command: Command): string {
  const { positionals, summary, examples } = command;
  const options = Object.entries({ ...command.options, ...COMMON_OPTIONS }).map(
    ([option, { value, help, default: standard }]) => {
      const head = `  --${option}${value ? ` ${value}` : ""}`;
      return head.padEnd(32) + help + (standard === undefined ? "" : ` (default ${standard})`);
    },
  );
  return [
    `afterword ${name}${positionals ? ` ${positionals.name}${positionals.many ? " …" : ""}` : ""} [options]`,
    "",
    summary,
    ...(positionals ? ["", `  ${positionals.name}`.padEnd(32) + positionals.help] : []),
    "",
    "options:",
    ...options,
    "",
    "examples:",
    ...examples.map((example) => `  npm run -s afterword -- ${example}`),
    "",
  ].join("\n");
}
