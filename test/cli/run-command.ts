// test/cli/run-command: a command run in this process, as the program runs it, so that its SDK clients can be pointed at
// a server of the test's.

import { parseArguments } from "../../cli/command.ts";
import type { Answer, Command } from "../../cli/command.ts";

export function runCommand(command: Command, ...words: string[]): Promise<Answer | undefined> {
  return Promise.resolve().then(() => command.run(parseArguments(command, words)));
}
