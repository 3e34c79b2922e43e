// base/build: `npm run base`: fetches the base model's texts, trains it and writes the package's two model files and card.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeCard } from "./card.ts";
import { fetchPackage } from "./fetch.ts";
import { READERS } from "./readers.ts";
import { TEXT_PACKAGES } from "./texts.ts";

const PACKAGE = fileURLToPath(new URL(".", import.meta.url));
const PROGRAM = fileURLToPath(new URL("../cli/afterword.ts", import.meta.url));
const WORK = fileURLToPath(new URL("../.afterword/base", import.meta.url));
/** Half an hour on two cores. */
// prettier-ignore
const SETTINGS = [
  "--preset", "best", "--hidden-size", "256", "--vocabulary-size", "11000", "--keep-prob", "0.75",
  "--epochs", "14", "--max-lr-epoch", "14",
];

const corpus = join(WORK, "corpus");
mkdirSync(corpus, { recursive: true });
const texts = [];
for (const text of TEXT_PACKAGES) {
  const folder = fetchPackage(text, join(WORK, "packages"));
  const prose = await READERS[text.name]!(folder);
  writeFileSync(join(corpus, `${text.name}.txt`), prose);
  process.stderr.write(`${text.name}: ${prose.length.toLocaleString("en")} characters\n`);
  texts.push({ ...text, characters: prose.length });
}
const run = join(WORK, "run");
execFileSync(
  process.execPath,
  [PROGRAM, "train", "--corpus", corpus, "--run", run, "--resume", "--from", "none", ...SETTINGS],
  { stdio: "inherit" },
);
for (const file of ["master.safetensors", "edge.safetensors"]) {
  copyFileSync(join(run, file), join(PACKAGE, file));
}
const card = JSON.parse(readFileSync(join(run, "card.json"), "utf8")) as Parameters<
  typeof writeCard
>[0];
writeFileSync(join(PACKAGE, "card.md"), writeCard(card, texts));
