// tooling/spelling: finds retired words in the files that git tracks. `npm run lint` runs it; a finding says which term
// to use instead.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  EXEMPT_FILES,
  RETIRED_EVERYWHERE,
  RETIRED_IDENTIFIERS,
  RETIRED_PREFIXES,
} from "./retired-words.ts";

const TEXT_FILES = /\.(tsx?|m?js|jsonc?|md|html|css|ya?ml)$/;
const CODE_FILES = /\.(tsx?|m?js)$/;
const SKIPPED_FILES =
  /(^|\/)package-lock\.json$|^tooling\/retired-words\.ts$|^test\/tooling\/spelling\.test\.ts$/;
// comments, strings, templates and regular expressions, none of which holds identifiers; a string ends with its line
const PROSE = new RegExp(
  [
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*/,
    /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/,
    /(?<=[(,=:[!&|?{;]\s*|return\s+)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/\w*/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "g",
);
const IDENTIFIER = /[\p{L}_$][\p{L}\p{N}_$]*/gu;

/** A retired word in a file. */
export interface Finding {
  line: number; // from 1
  word: string;
  use: string; // the term in its place
}

/**
 * Finds the retired words in a file.
 * @param path the file's path in the repository, which says what kind of file it is
 * @example findRetiredWords("kernels/x.ts", "const crew: Crew = …;") // [{ line: 1, word: "Crew", use: "WorkerPool" }]
 */
export function findRetiredWords(path: string, text: string): Finding[] {
  if (!TEXT_FILES.test(path) || SKIPPED_FILES.test(path)) return [];
  const findings = findEverywhere(text);
  if (CODE_FILES.test(path)) findings.push(...findIdentifiers(path, text));
  return findings
    .filter(({ word }) => !EXEMPT_FILES[word]?.includes(path))
    .toSorted((a, b) => a.line - b.line);
}

function findEverywhere(text: string): Finding[] {
  return Object.entries(RETIRED_EVERYWHERE).flatMap(([word, use]) => {
    const pattern = new RegExp(`(?<![\\p{L}])${word.replace(" ", "\\s+")}(?![\\p{L}])`, "giu");
    return [...text.matchAll(pattern)].map(({ index }) => ({
      line: lineAt(text, index),
      word,
      use,
    }));
  });
}

function findIdentifiers(path: string, text: string): Finding[] {
  const [room] = path.split("/");
  const code = text.replace(PROSE, (prose) => prose.replace(/[^\n]/g, " "));
  return [...code.matchAll(IDENTIFIER)].flatMap(({ 0: word, index }) => {
    const use = termFor(word, room);
    return use === undefined ? [] : [{ line: lineAt(code, index), word, use }];
  });
}

function termFor(identifier: string, room = ""): string | undefined {
  if (Object.hasOwn(RETIRED_IDENTIFIERS, identifier)) {
    const { use, rooms } = RETIRED_IDENTIFIERS[identifier]!;
    return rooms === undefined || rooms.includes(room) ? use : undefined;
  }
  const prefix = Object.keys(RETIRED_PREFIXES).find((begin) => identifier.startsWith(begin));
  return prefix && RETIRED_PREFIXES[prefix];
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

/** Every finding in the repository, as `path:line: …`. */
function checkRepository(root: string): string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8" }); // prettier-ignore
  const paths = listed.split("\0").filter((path) => TEXT_FILES.test(path));
  return paths.flatMap((path) =>
    findRetiredWords(path, readFileSync(`${root}/${path}`, "utf8")).map(
      ({ line, word, use }) => `${path}:${line}: "${word}" is retired, use ${use}`,
    ),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const findings = checkRepository(fileURLToPath(new URL("..", import.meta.url)));
  if (findings.length > 0) {
    process.stderr.write(`${findings.join("\n")}\n`);
    process.exitCode = 1;
  }
}
