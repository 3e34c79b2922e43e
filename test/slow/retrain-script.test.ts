// The workflow's script, run as a runner runs it: a run that was cut off goes on, and is published once.

import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readPointer } from "#registry/versions";
import { startLocalBucket } from "../local-bucket.ts";
import type { LocalBucket } from "../local-bucket.ts";
import { writeTinyCorpus } from "../training/tiny-run.ts";

const SIZE = "--vocabulary-size 100 --hidden-size 20 --num-layers 1 --batch-size 5 --num-steps 10 --epochs 2"; // prettier-ignore

let bucket: LocalBucket;
let folder: string;
beforeAll(async () => {
  bucket = await startLocalBucket();
  folder = await mkdtemp(join(tmpdir(), "retrain-"));
  await writeTinyCorpus(join(folder, "text.txt"));
}, 60_000);
afterAll(async () => {
  await bucket.close();
  await rm(folder, { recursive: true });
});

function retrain(options: string) {
  const { status, stderr, stdout } = spawnSync("examples/github-actions/retrain.sh", {
    encoding: "utf8",
    env: {
      ...process.env,
      AFTERWORD_STORE: bucket.address,
      CORPUS: join(folder, "text.txt"),
      MODEL: "weekly",
      RUN: join(folder, "run"),
      TRAIN_OPTIONS: options,
    },
  });
  return { status, output: stdout + stderr };
}

it("trains, publishes, and publishes nothing twice", async () => {
  const first = retrain(SIZE);
  expect(first.status, first.output).toBe(0);
  const pointer = await readPointer(bucket.store, "weekly");
  expect(pointer).toMatchObject({ sequence: 1 });
  const again = retrain(SIZE);
  expect(again.status, again.output).toBe(0);
  expect(await readPointer(bucket.store, "weekly")).toEqual(pointer);
});

it("names the setting that is missing", () => {
  const { status, stderr } = spawnSync("examples/github-actions/retrain.sh", {
    encoding: "utf8",
    env: { PATH: process.env.PATH },
  });
  expect(status).not.toBe(0);
  expect(stderr).toContain("AFTERWORD_STORE");
});
