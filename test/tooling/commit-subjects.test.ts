// Commit subjects: a type, a room and at most 72 characters.

import { expect, it } from "vitest";
import { findFault } from "../../tooling/commit-subjects.ts";

it.each([
  "perf(edge): batch concurrent session steps",
  "fix: read an empty corpus",
  "feat(registry)!: drop the first format",
  `docs(cli): ${"ä".repeat(61)}`,
])("accepts %j", (subject) => {
  expect(findFault(subject)).toBeUndefined();
});

it.each([
  ["update stuff", "begin with a type"],
  ["Merge branch 'words'", "begin with a type"],
  ["fixed(edge): a typo", "begin with a type"],
  ["fix(edge):no space", "begin with a type"],
  ["fix(edge): the end.", "full stop"],
  [`fix(edge): ${"x".repeat(62)}`, "73 characters; at most 72"],
])("refuses %j", (subject, fault) => {
  expect(findFault(subject)).toContain(fault);
});
