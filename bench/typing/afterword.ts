// bench/typing/afterword: this project's model as a client has it: trained by `afterword train` with its defaults, and asked through
// a session, which learns on from what is typed.

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { DirectBackend } from "#client/local/direct-backend";
import { createEngine } from "#client/local/engine";
import { Session } from "#client/session";
import { readEdgeModule } from "#training/evaluation/edge-scorer";
import { run } from "./debian-packages.ts";
import { MAX_OFFERED } from "./protocol.ts";
import type { Keyboard } from "./protocol.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Trains on a corpus; returns the edge file. */
export function trainModel(corpus: string, folder: string): string {
  const trained = join(folder, "run");
  run(process.execPath, [join(ROOT, "cli/afterword.ts"), "train", "--corpus", corpus, "--run", trained], ROOT); // prettier-ignore
  return join(trained, "edge.safetensors");
}

/** @param edgeFile of a model */
export async function openAfterword(edgeFile: string): Promise<Keyboard> {
  const names = { model: "default", version: "bench" };
  const engine = createEngine(await readEdgeModule(), await readFile(edgeFile), names);
  const session = new Session(new DirectBackend(engine));
  return {
    async list(before, typed) {
      const { predictions } = (await session.update(before + typed, { limit: MAX_OFFERED }))!;
      // behind letters, what begins with a space would be another word
      const words = predictions.filter(({ insert }) => typed === "" || !insert.startsWith(" "));
      return words.map(({ word }) => word);
    },
    close() {},
  };
}
