// cli/release-stores: which stores a release is made in: one, or with --edge the deployment's two, the second of which
// follows the first.

import { followCurrent } from "#registry/follow";
import { copyVersion } from "#registry/copy-version";
import type { ObjectStore } from "#registry/object-store";
import { readPointer } from "#registry/versions";
import { openStores } from "#ops/stores";
import { UsageError } from "./command.ts";
import type { Arguments, CommandResult, OptionSpec } from "./command.ts";
import { openDeployment } from "./deployment-option.ts";
import { openStore } from "./store-option.ts";

export const EDGE_OPTION: OptionSpec = {
  help: "in the deployment's bucket and where its edge reads, with the keys that the stack keeps",
};

export interface ReleaseStores {
  store: ObjectStore; // where it is decided
  edge: ObjectStore | null; // what follows
}

export async function openReleaseStores(args: Arguments): Promise<ReleaseStores> {
  if (!args.has("edge")) return { store: openStore(args), edge: null };
  if (args.given("store") !== undefined) {
    throw new UsageError("--edge names both stores of the deployment; leave --store out");
  }
  const { bucket, edge } = await openStores(await openDeployment());
  return { store: bucket, edge };
}

/** Brings the edge's store in line with the first, whatever was done there before, and tells so. */
export async function thenEdge(
  { store, edge }: ReleaseStores,
  name: string,
  result: CommandResult,
): Promise<CommandResult> {
  if (!edge) return result;
  const { version } = result.json as { version?: string };
  // a version that was held back is there to be promoted later
  if (result.failed && version !== undefined) await copyVersion(store, edge, { name, version });
  const pointer = await followCurrent(store, edge, name);
  const json = { ...result.json, edge: pointer && { version: pointer.version, sequence: pointer.sequence } }; // prettier-ignore
  const sentence = pointer
    ? `the edge's store has ${pointer.version} as current, promotion ${pointer.sequence}`
    : "nothing is current in the edge's store either";
  return { ...result, json, text: `${result.text}\n${sentence}` };
}

/** Whether the two have the same version as current. */
export async function agree({ store, edge }: ReleaseStores, name: string): Promise<boolean> {
  if (!edge) return true;
  const [first, second] = await Promise.all([readPointer(store, name), readPointer(edge, name)]);
  return first?.version === second?.version;
}
