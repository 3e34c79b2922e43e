// bench/typing/onboard: Onboard's prediction, trained on the text.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fetchProgram } from "./debian-packages.ts";
import { startKeyboard } from "./process-keyboard.ts";
import type { Keyboard } from "./protocol.ts";

/** @param text a file */
export async function openOnboard(text: string): Promise<Keyboard> {
  const { root, libraries } = fetchProgram("onboard");
  const script = fileURLToPath(new URL("onboard.py", import.meta.url));
  const PYTHONPATH = join(root, "usr/lib/python3/dist-packages/Onboard");
  return startKeyboard("python3", [script, text], { ...libraries, PYTHONPATH });
}
