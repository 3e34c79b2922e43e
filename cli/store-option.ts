// cli/store-option: the options by which commands find the store.

import * as registry from "#registry/open";
import { localStoreAddress } from "#registry/url";
import type { ObjectStore } from "#registry/object-store";
import type { Arguments, OptionSpec } from "./command.ts";
import { asUsage } from "./command.ts";
import { PORT_OPTION, readPort } from "./port-option.ts";

export const STORE_OPTIONS: Record<string, OptionSpec> = {
  store: {
    value: "URL",
    help: "s3://BUCKET or https://ENDPOINT/BUCKET (default $AFTERWORD_STORE, else the local edge's)",
  },
  port: PORT_OPTION,
};

/** The store that --store names, or the local edge's of --port, else AFTERWORD_STORE's, else the local edge's. */
export function openStore(args: Arguments): ObjectStore {
  const local = localStoreAddress(readPort(args, "store"));
  if (args.given("port") !== undefined) return openStoreAt(local);
  return openStoreAt(args.text("store") ?? process.env.AFTERWORD_STORE ?? local);
}

export function openStoreAt(address: string): ObjectStore {
  return asUsage(() => registry.openStoreAt(address));
}
