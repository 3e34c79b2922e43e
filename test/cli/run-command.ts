// test/cli/run-command: a command run in this process, as the program runs it, so that its SDK clients can be pointed at
// a server of the test's.

import { parseArguments } from "../../cli/parser.ts";
import type { CommandResult, Command } from "../../cli/command.ts";

/** Runs a command; what it writes on stderr meanwhile comes back as `progress`, or as a rejection's. */
export async function runCommand(
  command: Command,
  ...words: string[]
): Promise<CommandResult & { progress: string }> {
  let progress = "";
  const { write } = process.stderr;
  process.stderr.write = ((chunk: string) => ((progress += chunk), true)) as typeof write;
  try {
    const answer = await command.run(parseArguments(command, words));
    return { ...answer!, progress };
  } catch (error) {
    throw Object.assign(error as Error, { progress });
  } finally {
    process.stderr.write = write;
  }
}
