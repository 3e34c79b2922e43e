// cli/commands/feedback: `afterword feedback`: how often a model's suggestions are accepted, by version, and what that says of a
// canary.

import { listFeedback } from "#model/feedback";
import type { VersionFeedback } from "#model/feedback";
import { DEFAULT_MODEL_NAME } from "#model/layout";
import type { Pointer } from "#model/layout";
import { compareFeedback, readFeedback } from "#registry/compare-feedback";
import type { Comparison } from "#registry/compare-feedback";
import { readPointer } from "#registry/versions";
import { percent } from "#training/report/format";
import type { Command } from "../command.ts";
import { EDGE_OPTION, openReleaseStores } from "../release-stores.ts";
import { STORE_OPTIONS } from "../store-option.ts";

export const feedback: Command = {
  summary: "Shows how often suggestions are accepted, by version, and compares a canary.",
  options: {
    name: { value: "NAME", help: "the model's name", default: DEFAULT_MODEL_NAME },
    edge: EDGE_OPTION,
    ...STORE_OPTIONS,
  },
  examples: ["feedback", "feedback --edge --json"],
  notes: "Counts are written by the edge, to the store it reads, within two minutes.",
  async run(args) {
    const name = args.requireText("name");
    const stores = await openReleaseStores(args);
    const store = stores.edge ?? stores.store; // the edge writes to its own
    const [pointer, reported] = await Promise.all([readPointer(store, name), readFeedback(store, name)]); // prettier-ignore
    const listed = listFeedback(reported);
    const comparison = compare(pointer, reported.versions);
    const rows = listed.map((row) => toRow(row, pointer));
    return {
      json: {
        name,
        versions: listed.map((row) => ({ ...row, current: row.version === pointer?.version })),
        canary: pointer?.canary && { version: pointer.canary.version, share: pointer.canary.share },
        comparison,
      },
      text: [
        ...(rows.length > 0 ? rows : [`nothing was reported of "${name}" yet`]),
        ...(comparison ? [comparison.message] : []),
      ].join("\n"),
    };
  },
};

function compare(
  pointer: Pointer | null,
  versions: Record<string, VersionFeedback>,
): Comparison | undefined {
  if (!pointer?.canary) return undefined;
  return compareFeedback(versions, { current: pointer.version, canary: pointer.canary.version });
}

function toRow(row: ReturnType<typeof listFeedback>[number], pointer: Pointer | null): string {
  const { version, shown, accepted, acceptance_rate: rate } = row;
  const mark =
    version === pointer?.version ? "→" : version === pointer?.canary?.version ? "~" : " ";
  const figures = [
    `accepted ${accepted} of ${shown}${rate === null ? "" : ` (${percent(rate)})`}`,
    `typed out ${row.typed_out}`,
    `characters saved ${row.characters_saved}`,
  ];
  return [mark, version, ...figures].join("  ");
}
