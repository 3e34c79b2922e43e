// cli/release-result: what commands that release a version share: how the gate shows its progress, and the answer.

import { DEFAULT_MODEL_NAME } from "#model/layout";
import { warningsOf } from "#registry/gate";
import type { GateCheck } from "#registry/gate";
import type { Release, ReleaseOptions } from "#registry/release";
import { defaultThreads } from "#training/engines/choose";
import type { CommandResult } from "./command.ts";
import { ProgressLine } from "./progress.ts";
import { abortOnSignals } from "./signals.ts";

type GateContext = Required<Pick<ReleaseOptions, "threads" | "signal" | "onNotice" | "onProgress">>;

/** Runs a release with its progress shown on this terminal; Ctrl-C ends it before anything becomes current. */
export async function withGateProgress(
  release: (context: GateContext) => Promise<Release>,
): Promise<Release> {
  const signals = abortOnSignals("stopped; nothing became current");
  const line = new ProgressLine();
  try {
    return await release({
      threads: defaultThreads(),
      signal: signals.signal,
      onNotice: (notice) => line.print(notice),
      onProgress: (done, total) => line.show(done, total, () => "scoring the held-out text"),
    });
  } finally {
    line.clear();
    signals.release();
  }
}

interface CanaryStart {
  sequence: number;
  version: string; // that is current
  canary?: { version: string; share: number };
}

export function toCommandResult(release: Release): CommandResult {
  const { name, version, promoted, sequence, current, checks, reason } = release;
  if (release.canaryShare !== undefined) {
    return canaryResult(name, { sequence: sequence!, version: current!, canary: { version, share: release.canaryShare } }, checks); // prettier-ignore
  }
  const gate = { passed: promoted, checks, reason };
  const json = { name, version, sequence, current, promoted, gate };
  const incumbent = current === null ? "nothing is current" : `${current} stays current`;
  const lines = promoted
    ? [...checkLines(checks), `${name} ${version} is current, promotion ${sequence}`]
    : [
        `${name} ${version} is in the store but was held back (${incumbent}): ${reason}`,
        ...checkLines(warningsOf(checks)),
      ];
  const text = lines.join("\n");
  const next = `npx afterword predict "the "${name === DEFAULT_MODEL_NAME ? "" : ` --model ${name}`}`;
  return { json, text, next, failed: !promoted };
}

/** A line for each check that passed: a tick, or an exclamation mark where it warns. */
function checkLines(checks: GateCheck[]): string[] {
  return checks.map(({ message, warning }) => `  ${warning ? "!" : "✓"} ${message}`);
}

/** The answer of a command that began a canary; `current` stays so. */
export function canaryResult(
  name: string,
  { sequence, version: current, canary }: CanaryStart,
  checks: GateCheck[] = [],
): CommandResult {
  const { version, share } = canary!;
  const gate = checks.length > 0 ? { passed: true, checks, reason: null } : undefined;
  const canaryJson = { version, share };
  const lines = [
    ...checkLines(checks),
    `${name} ${version} is served in ${100 * share} % of the sessions; ${current} stays current`,
  ];
  return {
    json: { name, version, sequence, current, promoted: false, canary: canaryJson, ...(gate && { gate }) }, // prettier-ignore
    text: lines.join("\n"),
    next: `npx afterword feedback${name === DEFAULT_MODEL_NAME ? "" : ` --name ${name}`}`,
  };
}
