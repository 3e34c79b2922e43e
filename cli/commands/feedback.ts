// cli/commands/feedback: `afterword feedback`: how often a model's suggestions are accepted, by version, and what that says of a
// canary.

import { acceptanceRate } from "#model/feedback";
import type { VersionFeedback } from "#model/feedback";
import { DEFAULT_MODEL_NAME } from "#model/layout";
import type { Pointer } from "#model/layout";
import { compareFeedback, readFeedback } from "#registry/compare-feedback";
import type { Comparison } from "#registry/compare-feedback";
import { readPointer } from "#registry/versions";
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
    const [pointer, { versions }] = await Promise.all([readPointer(store, name), readFeedback(store, name)]); // prettier-ignore
    const listed = Object.entries(versions).sort(([a], [b]) => b.localeCompare(a));
    const comparison = compare(pointer, versions);
    const rows = listed.map(([version, counts]) => toRow(version, counts, pointer));
    return {
      json: {
        name,
        versions: listed.map(([version, counts]) => toJson(version, counts, pointer)),
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

function toJson(version: string, counts: VersionFeedback, pointer: Pointer | null) {
  const { shown, accepted, typedOut, charactersSaved, reports, updatedAt } = counts;
  return {
    version,
    current: version === pointer?.version,
    shown,
    accepted,
    typed_out: typedOut,
    characters_saved: charactersSaved,
    acceptance_rate: acceptanceRate(counts),
    reports,
    updated_at: updatedAt,
  };
}

function toRow(version: string, counts: VersionFeedback, pointer: Pointer | null): string {
  const mark =
    version === pointer?.version ? "→" : version === pointer?.canary?.version ? "~" : " ";
  const rate = acceptanceRate(counts);
  const { shown, accepted, typedOut, charactersSaved } = counts;
  const figures = [
    `accepted ${accepted} of ${shown}${rate === null ? "" : ` (${(100 * rate).toFixed(1)} %)`}`,
    `typed out ${typedOut}`,
    `characters saved ${charactersSaved}`,
  ];
  return [mark, version, ...figures].join("  ");
}
