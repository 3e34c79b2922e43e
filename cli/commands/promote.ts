// cli/commands/promote: `afterword promote`: a version that is in the store already becomes current.

import { DEFAULT_MODEL_NAME } from "#model/layout";
import { beginCanary, promoteOrExplain, releaseVersion } from "#registry/release";
import { readVersion } from "#registry/versions";
import { readCurrent } from "#registry/promotions";
import { BUILT_IN_CORPUS } from "#training/data/text-source";
import type { ObjectStore } from "#registry/object-store";
import { UsageError } from "../command.ts";
import type { Arguments, Command, CommandResult } from "../command.ts";
import { canaryResult, toCommandResult, withGateProgress } from "../release-result.ts";
import { EDGE_OPTION, openReleaseStores, thenEdge } from "../release-stores.ts";
import { STORE_OPTIONS } from "../store-option.ts";

export const promote: Command = {
  summary: "Makes a published version current, if it passes the gate.",
  positionals: { name: "VERSION", help: "which, as `afterword models` lists them" },
  options: {
    version: { value: "VERSION", help: "the same" },
    canary: {
      value: "SHARE",
      help: "serve it in this share of the sessions, e.g. 10%, and leave the rest as they are",
    },
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
  notes:
    "`afterword feedback` compares a canary with the current version; `promote` makes it current, `rollback` takes it back.",
  examples: [
    "promote --version 20261123-222909-3666db",
    "promote --version 20261123-222909-3666db --force",
    "promote --version 20261123-222909-3666db --edge",
    "promote 20261123-222909-3666db --canary 10%",
  ],
  async run(args) {
    const name = args.requireText("name");
    const version = args.positionals[0] ?? args.requireText("version");
    const stores = await openReleaseStores(args);
    return thenEdge(stores, name, await promoteIn(stores.store, args, { name, version }));
  },
};

async function promoteIn(
  store: ObjectStore,
  args: Arguments,
  { name, version }: { name: string; version: string },
): Promise<CommandResult> {
  const share = readShare(args.text("canary"));
  const expected = await readCurrent(store, name);
  if (expected.pointer?.version === version) {
    const { sequence } = expected.pointer;
    return {
      json: { name, version, sequence, current: version, promoted: false },
      text: `${name} ${version} is current already, since promotion ${sequence}`,
    };
  }
  if (args.has("force")) {
    if (share !== undefined) {
      return canaryResult(name, await beginCanary(store, name, { version, share }, expected));
    }
    const { sequence } = await promoteOrExplain(store, name, version, expected);
    return {
      json: { name, version, sequence, current: version, promoted: true },
      text: `${name} ${version} is current, promotion ${sequence}; it was compared with nothing`,
    };
  }
  const { card, ...files } = await readVersion(store, name, version);
  const corpus = args.text("corpus") ?? card.corpus;
  const release = { name, version, files, corpus, canaryShare: share };
  return toCommandResult(
    await withGateProgress((gate) => releaseVersion(store, { ...gate, ...release })),
  );
}

/** `10%`, or 0.1. */
function readShare(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, digits = "", percent] = /^(\d+(?:\.\d+)?|\.\d+)\s*(%)?$/.exec(text) ?? [];
  const share = Number(digits) / (percent ? 100 : 1);
  if (share > 0 && share < 1) return share;
  throw new UsageError(`--canary must be a share of the sessions, e.g. 10%, got "${text}"`);
}
