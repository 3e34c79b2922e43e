// cli/commands/rollback: `afterword rollback`: the version before the current one becomes current again.

import { DEFAULT_MODEL_NAME } from "#model/layout";
import { ConflictError } from "#registry/object-store";
import { setCanary } from "#registry/canary";
import { readCurrent, rollBack } from "#registry/promotions";
import { readPointer } from "#registry/versions";
import type { Command } from "../command.ts";
import { agree, EDGE_OPTION, openReleaseStores, thenEdge } from "../release-stores.ts";
import { STORE_OPTIONS } from "../store-option.ts";

export const rollback: Command = {
  summary: "Takes a canary back, or goes back to the version that was current before.",
  options: {
    name: { value: "NAME", help: "the model's name", default: DEFAULT_MODEL_NAME },
    edge: EDGE_OPTION,
    ...STORE_OPTIONS,
  },
  examples: ["rollback", "rollback --edge", "rollback --name notes --store s3://models"],
  async run(args) {
    const name = args.requireText("name");
    const stores = await openReleaseStores(args);
    if (!(await agree(stores, name))) {
      const text =
        "the two stores had different versions as current: the edge's follows the bucket's again, and nothing went back; " +
        "roll back again if that is still wanted";
      const pointer = await readPointer(stores.store, name);
      const { version = null, sequence = null } = pointer ?? {};
      return thenEdge(stores, name, { json: { name, version, sequence, current: version }, text });
    }
    const before = await readCurrent(stores.store, name);
    const canary = before.pointer?.canary;
    const move = canary
      ? setCanary(stores.store, name, null, before)
      : rollBack(stores.store, name);
    const { version, sequence } = await move.catch((error: unknown) => {
      if (!(error instanceof ConflictError)) throw error;
      throw new Error(
        `another version of "${name}" became current meanwhile and stays so; look with "afterword models", then ` +
          "roll back again if that is still wanted",
        { cause: error },
      );
    });
    if (canary) {
      return thenEdge(stores, name, {
        json: { name, version, sequence, current: version, taken_back: canary.version },
        text: `the canary ${canary.version} is taken back; ${name} ${version} stays current`,
      });
    }
    return thenEdge(stores, name, {
      json: { name, version, sequence, current: version },
      text: `back to ${name} ${version}; it is current, promotion ${sequence}`,
    });
  },
};
