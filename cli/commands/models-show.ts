// cli/commands/models-show: `afterword models show VERSION`: what one version is: its figures, what it was trained on, file by
// file, and what it was trained on from.

import { DEFAULT_MODEL_NAME } from "#model/layout";
import { readCard } from "#registry/version-card";
import type { VersionCard } from "#registry/version-card";
import { checkModelName, readPointer } from "#registry/versions";
import { UsageError } from "../command.ts";
import type { Command } from "../command.ts";
import { openStore, STORE_OPTIONS } from "../store-option.ts";

export const modelsShow: Command = {
  summary: "Shows one version: its figures, its training text file by file, its parent.",
  positionals: { name: "VERSION", help: "as `afterword models` lists them, or current" },
  options: {
    name: { value: "NAME", help: "the model's name", default: DEFAULT_MODEL_NAME },
    ...STORE_OPTIONS,
  },
  examples: ["models show current", "models show 20261123-222909-3666db --json"],
  async run(args) {
    const [asked] = args.positionals;
    if (asked === undefined) throw new UsageError("name a version, or current");
    const name = args.requireText("name");
    checkModelName(name);
    const store = openStore(args);
    const pointer = await readPointer(store, name);
    const version = asked === "current" ? pointer?.version : asked;
    if (version === undefined) throw new Error(`no version of "${name}" is current; publish one`);
    const card = await readCard(store, name, version);
    if (!card) {
      throw new Error(
        `there is no version ${version} of model "${name}"; list them with "afterword models"`,
      );
    }
    const current = pointer?.version === version;
    return { json: toJson(name, card, current), text: toText(name, card, current) };
  },
};

function toJson(name: string, card: VersionCard, current: boolean): object {
  const { version, createdAt, corpus, run, manifest, metrics, files } = card;
  const { config, training, parentVersion, codeVersion, tokenizer, sharing } = card;
  return {
    name,
    version,
    current,
    created_at: createdAt,
    corpus: corpus ?? null,
    run: run ?? null,
    manifest: manifest ?? null,
    parent_version: parentVersion,
    code_version: codeVersion,
    tokenizer,
    config,
    settings: training,
    sharing: sharing ?? null,
    metrics,
    files,
  };
}

function toText(name: string, card: VersionCard, current: boolean): string {
  const { version, createdAt, corpus, run, manifest, metrics, parentVersion, sharing } = card;
  const figures = Object.entries(metrics).map(([key, value]) => `  ${key.padEnd(30)} ${value}`);
  const listed = (manifest?.files ?? []).map(
    ({ key, sha256, bytes, licence }) =>
      `  ${key}  ${bytes} bytes  sha256 ${sha256}${licence ? `  ${licence}` : ""}`,
  );
  const without = (manifest?.without ?? []).map((key) => `  without ${key}`);
  return [
    `${name} ${version}, made ${createdAt}${current ? ", current" : ""}`,
    `trained on ${corpus ?? "a text that its run does not name"}${run ? `, run ${run}` : ""}; licence: ${manifest?.licence ?? "not stated"}`,
    parentVersion === null ? "begun from nothing" : `gone on from ${parentVersion}`,
    sharing
      ? `for others: its text has ${sharing.documents} documents; ${sharing.secretWords} words and ${sharing.secretNgrams} n-grams are of one alone`
      : "for its writer alone: it was trained without --shared",
    "figures:",
    ...figures,
    manifest ? `text, ${listed.length} files:` : "text: no manifest, as of an earlier release",
    ...listed,
    ...without,
  ].join("\n");
}
