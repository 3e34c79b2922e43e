// bench/typing/presage: Presage, trained on the text; it learns on from what is typed.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fetchProgram, run } from "./debian-packages.ts";
import { startKeyboard } from "./process-keyboard.ts";
import type { Keyboard } from "./protocol.ts";

const ORDERS = ["1", "2", "3"];
const SHIPPED_DATABASE = "/usr/share/presage/database_en.db";
// expands abbreviations of a list of its own; it predicts no words
const ABBREVIATIONS = "DefaultAbbreviationExpansionPredictor ";

/**
 * @param text a file
 * @param folder of this run: it is also the home in which the program keeps what it learns
 */
export async function openPresage(text: string, folder: string): Promise<Keyboard> {
  const { root, libraries } = fetchProgram("presage");
  const env = { ...libraries, HOME: folder };
  const program = join(folder, "presage");
  const source = fileURLToPath(new URL("presage.cpp", import.meta.url));
  const paths = [`-I${root}/usr/include`, `-L${libraries.LD_LIBRARY_PATH}`];
  // Debian has no link to the XML library that this one needs
  const linked = ["-lpresage", "-Wl,--allow-shlib-undefined"];
  run("g++", ["-O2", ...paths, source, "-o", program, ...linked], folder, env);
  const database = join(folder, "presage.db");
  for (const n of ORDERS) {
    const args = ["-n", n, "-l", "-f", "sqlite", "-o", database, text];
    run(join(root, "usr/bin/text2ngram"), args, folder, env);
  }
  const config = join(folder, "presage.xml");
  const shipped = readFileSync(join(root, "etc/presage.xml"), "utf8");
  const changed = shipped.replaceAll(SHIPPED_DATABASE, database).replace(ABBREVIATIONS, "");
  writeFileSync(config, changed);
  return startKeyboard(program, [config], env);
}
