// cli/commands/promote: `afterword promote`: a version that is in the store already becomes current.

import { DEFAULT_MODEL_NAME } from "#model/layout";
import { promoteOrExplain, releaseVersion } from "#registry/release";
import { readVersion } from "#registry/versions";
import { readCurrent } from "#registry/promotions";
import { BUILT_IN_CORPUS } from "#training/data/text-source";
import type { ObjectStore } from "#registry/object-store";
import type { Arguments, Command, CommandResult } from "../command.ts";
import { toCommandResult, withGateProgress } from "../release-result.ts";
import { EDGE_OPTION, openReleaseStores, thenEdge } from "../release-stores.ts";
import { STORE_OPTIONS } from "../store-option.ts";

export const promote: Command = {
  summary: "Makes a published version current, if it passes the gate.",
  options: {
    version: { value: "VERSION", help: "which, as `afterword models` lists them" },
    name: { value: "NAME", help: "the model's name", default: DEFAULT_MODEL_NAME },
    corpus: {
      value: "PATH",
      isPath: true,
      words: [BUILT_IN_CORPUS],
      help: "whose held-out text the two are compared on (default: what it was trained on)",
    },
    force: { help: "do not compare; its files are verified all the same" },
    edge: EDGE_OPTION,
    ...STORE_OPTIONS,
  },
  examples: [
    "promote --version 20261123-222909-3666db",
    "promote --version 20261123-222909-3666db --force",
    "promote --version 20261123-222909-3666db --edge",
  ],
  async run(args) {
    const [name, version] = [args.requireText("name"), args.requireText("version")];
    const stores = await openReleaseStores(args);
    return thenEdge(stores, name, await promoteIn(stores.store, args, { name, version }));
  },
};

async function promoteIn(
  store: ObjectStore,
  args: Arguments,
  { name, version }: { name: string; version: string },
): Promise<CommandResult> {
  const expected = await readCurrent(store, name);
  if (expected.pointer?.version === version) {
    const { sequence } = expected.pointer;
    return {
      json: { name, version, sequence, current: version, promoted: false },
      text: `${name} ${version} is current already, since promotion ${sequence}`,
    };
  }
  if (args.has("force")) {
    const { sequence } = await promoteOrExplain(store, name, version, expected);
    return {
      json: { name, version, sequence, current: version, promoted: true },
      text: `${name} ${version} is current, promotion ${sequence}; it was compared with nothing`,
    };
  }
  const { card, ...files } = await readVersion(store, name, version);
  const corpus = args.text("corpus") ?? card.corpus;
  const release = { name, version, files, corpus };
  return toCommandResult(
    await withGateProgress((gate) => releaseVersion(store, { ...gate, ...release })),
  );
}
