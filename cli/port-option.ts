// cli/port-option: the port of the edge on this machine.

import { DEFAULT_PORT } from "#ops/local-edge";
import { UsageError } from "./command.ts";
import type { Arguments, OptionSpec } from "./command.ts";

export const PORT_OPTION: OptionSpec = {
  value: "N",
  help: `port of the edge on this machine (default ${DEFAULT_PORT})`,
};

/**
 * The port that was given, else the default one.
 * @param other an option that names another place: the two together are wrong
 */
export function readPort(args: Arguments, other?: string): number {
  const port = args.integer("port", 1, 65_535);
  if (port !== undefined && other !== undefined && args.given(other) !== undefined) {
    throw new UsageError(`--port and --${other} name two places; give one of them`);
  }
  return port ?? DEFAULT_PORT;
}
