// The keystroke savings of typing that `evaluate` reports, held to a typist who types the same held-out sentences letter by letter
// into a session of the running edge through the client.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readMasterFile } from "#model/master-file";
import { connect } from "#client/connect";
import { typeText } from "#training/evaluation/typist";
import { train } from "#training/loop/train";
import { RunFolder } from "#training/run/folder";
import { evaluate } from "../../cli/commands/evaluate.ts";
import { runCommand } from "../cli/run-command.ts";
import { startWorker } from "../running-worker.ts";
import type { RunningWorker } from "../running-worker.ts";
import { seededRandom } from "../tiny-model.ts";
import { listenTo, tinyRun } from "../training/tiny-run.ts";

const VERSION = "20261125-150000-bbbbbb";
const SENTENCES = 300;

const NOUNS = "union people state Congress peace work year United law nation".split(" ");
const VERBS = "is,asks for,thanks,keeps,wants,begins with".split(",");
const NAMES = "Ada,Babbage,NASA,Łódź,O'Neill,café".split(","); // the training text has none of them

/** Sentences of few words in many orders; with names, which only a session's own memory can suggest. */
function writeSentences(count: number, seed: number, names: string[]): string[] {
  const random = seededRandom(seed);
  const pick = (words: string[]) => words[Math.floor(random() * words.length)]!;
  const noun = () => pick(names.length > 0 && random() < 0.15 ? names : NOUNS);
  return Array.from({ length: count }, () => {
    const rest = random() < 0.3 ? `, and ${noun()} ${pick(VERBS)} it` : "";
    return `The ${noun()} of the ${noun()} ${pick(VERBS)} the ${noun()}${rest}.`;
  });
}

let folder: string;
let worker: RunningWorker;
let masterPath: string;
let heldOutPath: string;
const heldOut = writeSentences(SENTENCES, 2, NAMES);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "keystrokes-"));
  const corpus = join(folder, "corpus.txt");
  heldOutPath = join(folder, "held-out.txt");
  await writeFile(corpus, writeSentences(3_000, 1, []).join(" "));
  await writeFile(heldOutPath, heldOut.join(" "));
  const run = join(folder, "run");
  await train(tinyRun(corpus, new RunFolder(run)), listenTo());
  masterPath = join(run, "master.safetensors");
  worker = await startWorker();
  await worker.publish(readMasterFile(await readFile(masterPath)), VERSION);
}, 300_000);
afterAll(async () => {
  await worker?.close();
  await rm(folder, { recursive: true, force: true });
});

it("is the same number for evaluate and for a typist at the running edge", async () => {
  const { json } = await runCommand(evaluate, "--model", masterPath, "--corpus", heldOutPath, "--threads", "1"); // prettier-ignore
  const { typing } = json as { typing: Record<string, number> };
  const session = await connect({ url: worker.url }).open();
  const { text, savings, ...counted } = await typeText(
    heldOut.join(" "),
    async (typed, limit) => (await session.update(typed, { limit }))!.predictions,
  );
  expect(text.trimEnd()).toBe(heldOut.join(" "));
  expect(typing).toMatchObject({ sentences: SENTENCES, ...counted, keystroke_savings: savings });
  expect(typing.keystroke_ceiling_of_session).toBeGreaterThan(savings);
  expect(savings).toBeGreaterThan(0.3);
});
