// A model that goes on from a job's version replays the text that it was trained on, as long as the store has it.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { changePreset } from "#model/presets";
import { findKnownText } from "#registry/known-text";
import { readStoredParent } from "#registry/stored-parent";
import { train } from "#training/loop/train";
import { RunFolder } from "#training/run/folder";
import { START_LIMIT_MS, startLocalBucket } from "../local-bucket.ts";
import type { LocalBucket } from "../local-bucket.ts";
import { listenTo, tinyRun } from "../training/tiny-run.ts";
import { pushTinyCorpus, runTinyJob, TINY_PLAN } from "./tiny-job.ts";

const OTHER_TEXT = Array.from({ length: 300 }, (_, day) => `On day ${day} the ${["miller", "farmer", "baker"][(day * day) % 3]} sold what he had. `).join(""); // prettier-ignore

let bucket: LocalBucket;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "replay-"));
  bucket = await startLocalBucket();
  await pushTinyCorpus(bucket);
}, START_LIMIT_MS);
afterAll(async () => {
  await bucket?.close();
  await rm(folder, { recursive: true });
});

/** The keys that a run on this machine replays. */
async function replayedFrom(version: string, run: string): Promise<string[]> {
  const corpus = join(folder, "other.txt");
  await writeFile(corpus, OTHER_TEXT);
  const files = new RunFolder(join(folder, run));
  const from = await readStoredParent(bucket.store, "notes", version);
  const preset = changePreset(TINY_PLAN.preset, TINY_PLAN.settings);
  await train({ ...tinyRun(corpus, files), preset, from, findText: findKnownText }, listenTo());
  const manifest = JSON.parse(await readFile(files.addressOf("manifest.json"), "utf8")) as { replayed?: { key: string }[] }; // prettier-ignore
  return manifest.replayed?.map(({ key }) => key) ?? [];
}

it("a version's text is replayed from the store until it is deleted there", async () => {
  const { version } = await runTinyJob(bucket, "first");
  expect(await replayedFrom(version, "with")).toEqual(["corpora/notes/text.txt"]);
  await bucket.store.delete("corpora/notes/text.txt");
  expect(await replayedFrom(version, "without")).toEqual([]);
});
