// cli/run-option: where a run is: a folder, or a place in a store.

import * as registry from "#registry/open";
import type { RunFiles } from "#training/run/files";
import { asUsage } from "./command.ts";

export const openRun = (address: string): RunFiles => asUsage(() => registry.openRun(address));
