// cli/command: what a command is: its options in one table, from which parser makes the parsing and the help.

/** The words were wrong, not the work: exit status 2. */
export class UsageError extends Error {}

/** The work was stopped by a signal where it can go on: exit status 143, as of a process that SIGTERM ended. */
export class StoppedError extends Error {}

/** What `read` makes of the words; where it throws, they were wrong. */
export function asUsage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

export interface OptionSpec {
  value?: string; // what the help calls its value; a flag without one
  help: string;
  default?: string;
  negatable?: boolean; // a flag that --no-… switches off
  many?: boolean; // may be given again, for another value
  isPath?: boolean; // is a path, where it is no URL: from the folder in which it was typed
  words?: readonly string[]; // values that are no path
}

export interface CommandResult {
  json: object; // what `--json` prints
  text: string; // what a person reads
  next?: string; // what is usually done after it, for a person
  failed?: boolean; // the work was done and its answer is no: exit status 1
}

export interface Command {
  summary: string;
  positionals?: { name: string; help: string; many?: boolean; isPath?: boolean }; // one, or any number
  options: Record<string, OptionSpec>;
  examples: string[];
  notes?: string; // further help, after the examples
  /** Does the work; a command that serves until it is stopped answers nothing. */
  run(args: Arguments): Promise<CommandResult | undefined>;
}

export type OptionValue = string | string[] | boolean | undefined;

/** A command's words, checked against its table. */
export class Arguments {
  readonly positionals: string[];
  readonly #given: Record<string, OptionValue>;
  readonly #defaults: Record<string, string | undefined>;

  /** @param given what was typed; @param defaults of options that were not */
  constructor(
    positionals: string[],
    given: Record<string, OptionValue>,
    defaults: Record<string, string | undefined>,
  ) {
    this.positionals = positionals;
    this.#given = given;
    this.#defaults = defaults;
  }

  get json(): boolean {
    return this.has("json");
  }

  has(name: string): boolean {
    return this.#given[name] === true;
  }

  /** What was given, defaults left out. */
  given(name: string): string | boolean | undefined {
    return this.#given[name] as string | boolean | undefined;
  }

  /** All values of an option that may be given again. */
  all(name: string): string[] {
    return (this.#given[name] as string[] | undefined) ?? [];
  }

  text(name: string): string | undefined {
    return (this.#given[name] as string | undefined) ?? this.#defaults[name];
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

  integer(name: string, min: number, max: number): number | undefined {
    const number = this.number(name);
    if (number === undefined) return undefined;
    if (!Number.isInteger(number) || number < min || number > max) {
      throw new UsageError(`--${name} must be a whole number from ${min} to ${max}, got ${number}`);
    }
    return number;
  }

  /** One of these words. */
  choice<T extends string>(name: string, choices: readonly T[], meaning: string): T {
    const value = this.requireText(name);
    if ((choices as readonly string[]).includes(value)) return value as T;
    throw new UsageError(`unknown ${meaning} "${value}"; choose one of ${choices.join(", ")}`);
  }
}
