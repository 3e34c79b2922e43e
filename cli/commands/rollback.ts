// cli/commands/rollback: `afterword rollback`: the version before the current one becomes current again.

import { DEFAULT_MODEL_NAME } from "#model/layout";
import { ConflictError } from "#registry/object-store";
import { rollBack } from "#registry/promotions";
import type { Command } from "../command.ts";
import { openStore, STORE_OPTIONS } from "../store-option.ts";

export const rollback: Command = {
  summary: "Goes back to the version that was current before.",
  options: {
    name: { value: "NAME", help: "the model's name", default: DEFAULT_MODEL_NAME },
    ...STORE_OPTIONS,
  },
  examples: ["rollback", "rollback --name notes --store s3://models"],
  async run(args) {
    const name = args.requireText("name");
    const { version, sequence } = await rollBack(openStore(args), name).catch((error: unknown) => {
      if (!(error instanceof ConflictError)) throw error;
      throw new Error(
        `another version of "${name}" became current meanwhile and stays so; look with "afterword models", then ` +
          "roll back again if that is still wanted",
        { cause: error },
      );
    });
    return {
      json: { name, version, sequence, current: version },
      text: `back to ${name} ${version}; it is current, promotion ${sequence}`,
    };
  },
};
