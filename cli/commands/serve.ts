// cli/commands/serve: `afterword serve`: the edge on this machine, until it is stopped.

import type { Command } from "../command.ts";
import { EDGE_OPTIONS, withLocalEdge } from "../edge-option.ts";

export const serve: Command = {
  summary: "Runs the edge on this machine, with the models published to it.",
  options: EDGE_OPTIONS,
  examples: ["serve", "serve --port 9000 --data /var/lib/afterword"],
  run: (args) =>
    withLocalEdge(args, async ({ url }) => {
      if (args.json) process.stdout.write(JSON.stringify({ url }) + "\n");
      process.stderr.write(`serving at ${url}; stop with Ctrl-C\n`);
    }),
};
