// cli/run-option: where a run is: a folder, or a place in a store.

import { RunFolder } from "#training/run-folder";
import type { RunFiles } from "#training/run-files";

export function openRun(address: string): RunFiles {
  return new RunFolder(address);
}
