// tooling/commit-subjects: checks the subjects of commits: `type(room): what it does`, at most 72 characters. CI runs it
// for the commits of a pull request: `node tooling/commit-subjects.ts origin/main..HEAD`.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const TYPES = ["feat", "fix", "perf", "refactor", "test", "docs", "build", "ci", "chore", "revert"];
const MAX_CHARACTERS = 72;
const FORM = new RegExp(`^(${TYPES.join("|")})(\\([a-z0-9-]+\\))?!?: \\S`);

/**
 * What is wrong with a subject; undefined if nothing is.
 * @example findFault("update stuff") // 'begin with a type and a room, e.g. "fix(edge): …"; types are feat, fix, …'
 */
export function findFault(subject: string): string | undefined {
  const { length } = [...subject];
  if (length > MAX_CHARACTERS) return `${length} characters; at most ${MAX_CHARACTERS}`;
  if (!FORM.test(subject)) {
    return `begin with a type and a room, e.g. "fix(edge): …"; types are ${TYPES.join(", ")}`;
  }
  if (subject.endsWith(".")) return "no full stop at the end";
  return undefined;
}

function listSubjects(range: string): string[] {
  const options = ["log", "--no-merges", "--format=%s", range];
  return execFileSync("git", options, { encoding: "utf8" }).split("\n").filter(Boolean);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [range = "HEAD~1..HEAD"] = process.argv.slice(2);
  for (const subject of listSubjects(range)) {
    const fault = findFault(subject);
    if (fault === undefined) continue;
    process.stderr.write(`${subject}\n  ${fault}\n`);
    process.exitCode = 1;
  }
}
