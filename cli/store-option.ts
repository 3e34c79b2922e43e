// cli/store-option: the option by which commands find the store.

import * as registry from "#registry/open";
import { localStoreAddress } from "#registry/url";
import type { ObjectStore } from "#registry/object-store";
import type { Arguments, OptionSpec } from "./command.ts";
import { asUsage } from "./command.ts";
import { DEFAULT_PORT } from "#ops/local-edge";

export const STORE_OPTION: OptionSpec = {
  value: "URL",
  help: "s3://BUCKET or https://ENDPOINT/BUCKET (default $AFTERWORD_STORE, else the local edge's)",
};

/** The store that --store or AFTERWORD_STORE names, else the local edge's. */
export function openStore(args: Arguments): ObjectStore {
  return openStoreAt(
    args.text("store") ?? process.env.AFTERWORD_STORE ?? localStoreAddress(DEFAULT_PORT),
  );
}

export function openStoreAt(address: string): ObjectStore {
  return asUsage(() => registry.openStoreAt(address));
}
