// cli/release-result: what commands that release a version share: how the gate shows its progress, and the answer.

import { DEFAULT_MODEL_NAME } from "#model/layout";
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

export function toCommandResult(release: Release): CommandResult {
  const { name, version, promoted, sequence, current, checks, reason } = release;
  const gate = { passed: promoted, checks, reason };
  const json = { name, version, sequence, current, promoted, gate };
  const incumbent = current === null ? "nothing is current" : `${current} stays current`;
  const text = promoted
    ? [
        ...checks.map(({ message }) => `  ✓ ${message}`),
        `${name} ${version} is current, promotion ${sequence}`,
      ].join("\n")
    : `${name} ${version} is in the store but was held back (${incumbent}): ${reason}`;
  const next = `npx afterword predict "the "${name === DEFAULT_MODEL_NAME ? "" : ` --model ${name}`}`;
  return { json, text, next, failed: !promoted };
}
