// The commands that the documents tell to type are commands of the program, with its options.

import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { parseArguments } from "../../cli/parser.ts";
import { COMMANDS } from "../../cli/commands.ts";

const DOCUMENTS = ["README.md", "docs/deploy.md"];
const PROGRAM = /(?:npm run -s afterword -- |npx afterword |afterword )/;

/** What is typed after `afterword`, in blocks of shell and in the text. */
function commandsIn(document: string): string[] {
  const blocks = [...document.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block]) => block!.split("\n")); // prettier-ignore
  const inline = [...document.replaceAll(/```.*?```/gs, "").matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!); // prettier-ignore
  return [...blocks, ...inline]
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => new RegExp(`^${PROGRAM.source}\\S`).test(line))
    .map((line) => line.replace(PROGRAM, ""))
    .filter((line) => /^[a-z]/.test(line));
}

/** Words as a shell splits them; what stands for the reader's own is one word, and what may be left out is there. */
function wordsOf(line: string): string[] {
  const plain = line
    .replaceAll(/<[^>]*>/g, "NAME")
    .replaceAll(/[[\]]/g, "")
    .replaceAll(" or RUN", "");
  return Array.from(plain.matchAll(/"([^"]*)"|(\S+)/g), ([, quoted, word]) => quoted ?? word!);
}

const found = await Promise.all(
  DOCUMENTS.map(async (name) => commandsIn(await readFile(name, "utf8")).map((line) => [name, line] as const)), // prettier-ignore
);

describe("a command in the documents", () => {
  it("is found in each of them", () => {
    for (const lines of found) expect(lines.length).toBeGreaterThan(3);
  });

  it.each(found.flat())("of %s is one: %s", async (_, line) => {
    const words = wordsOf(line);
    const length = [2, 1].find((count) => Object.hasOwn(COMMANDS, words.slice(0, count).join(" ")));
    expect(length, words[0]).toBeDefined();
    const command = await COMMANDS[words.slice(0, length).join(" ")]!();
    expect(() => parseArguments(command, words.slice(length))).not.toThrow();
  });
});
