// ops/doctor/verdict: what a check finds. Checks nothing.

import type { StackConfig } from "#config/project";

export interface Verdict {
  status: "ok" | "warning" | "failed" | "skipped"; // skipped: there is nothing to look at yet
  message: string;
  advice?: string; // what to do about it
}

export interface Finding extends Verdict {
  check: string; // its name
}

export type Check = [name: string, inspect: (config: StackConfig) => Promise<Verdict>];
