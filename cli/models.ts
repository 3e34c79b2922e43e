// cli/models: `afterword models`: which versions the store holds, how good they are, which is current.

import { listModels } from "#store/model-store";
import type { Command } from "./command.ts";
import { openStore, STORE_OPTION } from "./store-option.ts";

export const models: Command = {
  summary: "Lists the published models and their versions.",
  options: { store: STORE_OPTION },
  examples: ["models", "models --store s3://models --json"],
  async run(args) {
    const listed = await listModels(openStore(args));
    const rows = listed.map(({ name, version, current, promotedAt, metrics }) =>
      [
        current ? "→" : " ",
        name.padEnd(16),
        version,
        metrics.test_perplexity === undefined
          ? ""
          : `perplexity ${metrics.test_perplexity.toFixed(2)}`,
        promotedAt ? `current since ${promotedAt}` : "",
      ].join("  "),
    );
    return {
      json: {
        models: listed.map(({ promotedAt, ...model }) => ({ ...model, promoted_at: promotedAt })),
      },
      text:
        rows.length > 0 ? rows.join("\n") : 'no models yet; publish one with "afterword publish"',
    };
  },
};
