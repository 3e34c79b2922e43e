// What publish and promote say of a release.

import { expect, it } from "vitest";
import type { GateCheck } from "#registry/gate";
import type { Release } from "#registry/release";
import { toCommandResult } from "../../cli/release-result.ts";

const checks: GateCheck[] = [
  { name: "int8", value: 0.001, limit: 0.005, passed: true, message: "int8 is near" },
  { name: "files", value: 0.3, limit: 0.1, passed: true, warning: true, message: "1 of 2 files" },
];
const release: Release = {
  name: "notes",
  version: "v2",
  promoted: true,
  sequence: 7,
  current: "v2",
  checks,
  reason: null,
};
const held = { ...release, promoted: false, current: "v1", reason: "speed: too slow" };

it.each([
  ["of a version that became current", release, ["  ✓ int8 is near", "  ! 1 of 2 files"]],
  ["of one that was held back", held, ["  ! 1 of 2 files"]],
  ["of a canary", { ...release, promoted: false, canaryShare: 0.1 }, ["  ✓ int8 is near", "  ! 1 of 2 files"]],
] as [string, Release, string[]][])("a warning of the gate is printed %s", (_, given, lines) => {
  const { text, json } = toCommandResult(given);
  expect(text.split("\n").filter((line) => line.startsWith("  "))).toEqual(lines);
  expect(JSON.stringify(json)).toContain('"warning":true');
}); // prettier-ignore
