// cli/commands/models: `afterword models`: which versions the store holds, how good they are, which is current.

import { listModels } from "#registry/versions";
import type { ListedVersion } from "#registry/versions";
import { percent } from "#training/report/format";
import type { Command } from "../command.ts";
import { openStore, STORE_OPTIONS } from "../store-option.ts";

export const models: Command = {
  summary: "Lists the published models and their versions.",
  options: STORE_OPTIONS,
  examples: ["models", "models --store s3://models --json"],
  async run(args) {
    const listed = await listModels(openStore(args));
    const rows = listed.map(toRow);
    return {
      json: {
        models: listed.map(({ createdAt, promotedAt, ...model }) => ({
          ...model,
          created_at: createdAt,
          promoted_at: promotedAt,
        })),
      },
      text:
        rows.length > 0 ? rows.join("\n") : 'no models yet; publish one with "afterword publish"',
    };
  },
};

function toRow({ name, version, current, promotedAt, metrics }: ListedVersion): string {
  const figures = [
    number("perplexity", metrics.test_perplexity, (value) => value.toFixed(2)),
    number("first three", metrics.top3, percent),
    number("keystrokes saved", metrics.keystroke_savings, percent),
  ];
  const since = promotedAt ? [`current since ${promotedAt}`] : [];
  return [current ? "→" : " ", name.padEnd(16), version, ...figures, ...since].join("  ");
}

function number(label: string, value: number | undefined, write: (value: number) => string) {
  return `${label} ${value === undefined ? "–" : write(value)}`;
}
