// cli/run-option: where a run is: a folder, or a place in a store.

import { readObjectAddress } from "#registry/url";
import { ObjectStore } from "#registry/object-store";
import { StoredRun } from "#registry/stored-run";
import { RunFolder } from "#training/run/folder";
import type { RunFiles } from "#training/run/files";
import { UsageError } from "./command.ts";

const ATTEMPTS = 8; // a run of hours outlives a minute's trouble of its store

export function openRun(address: string): RunFiles {
  if (!/^(s3|https?):/.test(address)) return new RunFolder(address);
  try {
    const { location, prefix } = readObjectAddress(address);
    return new StoredRun(new ObjectStore(location, { attempts: ATTEMPTS }), prefix + "/");
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
