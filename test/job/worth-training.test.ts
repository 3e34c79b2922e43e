// A job, or who submits one, asks first whether training can help: not on the text of the current version.

import { afterAll, beforeAll, expect, it } from "vitest";
import { readResult } from "#job/run-result";
import { weighTraining } from "#job/worth-training";
import { START_LIMIT_MS, startLocalBucket } from "../local-bucket.ts";
import type { LocalBucket } from "../local-bucket.ts";
import { pushTinyCorpus, runTinyJob, TINY_PLAN as plan } from "./tiny-job.ts";

let bucket: LocalBucket;
beforeAll(async () => {
  bucket = await startLocalBucket();
  await pushTinyCorpus(bucket);
}, START_LIMIT_MS);
afterAll(() => bucket.close());

const attempt = (run: string, force = false) => runTinyJob(bucket, run, { force });

it("trains a first model, nothing on the same text, again by force and on text that is new", async () => {
  const first = await attempt("first");
  expect(first).toMatchObject({ promoted: true });
  expect(first.skipped).toBeUndefined();

  const second = await attempt("second");
  expect(second.skipped).toContain(
    `the text is the one that version ${first.version} was trained on`,
  );
  expect(second).toMatchObject({ version: first.version, promoted: false });
  expect(await bucket.store.list("runs/second/")).toEqual(["runs/second/result.json"]);
  // its retry says the same
  expect((await attempt("second")).skipped).toBe(second.skipped);
  expect((await readResult(bucket.store, "second"))!.reason).toBe(second.skipped);

  expect((await attempt("forced", true)).skipped).toBeUndefined();
  expect(await weighTraining(bucket.store, { ...plan, settings: { ...plan.settings, epochs: 2 } })).toBeNull(); // prettier-ignore

  const grown = "Zeppelins cross the ocean by night. ".repeat(40);
  await bucket.store.put("corpora/notes/new.txt", grown);
  const worth = (await weighTraining(bucket.store, plan))!;
  expect(worth.helps).toBe(true);
  expect(worth.reason).toMatch(/^\d+\.\d % of the text changed .* perplexity \d+\.\d and [1-9]\d*\.\d % unknown/); // prettier-ignore

  // little, and nothing that it does not know
  await bucket.store.put(
    "corpora/notes/new.txt",
    "The state of the Union is strong. We thank the Congress for its work. ",
  );
  expect(await weighTraining(bucket.store, plan)).toMatchObject({ helps: false });
}, 300_000);
