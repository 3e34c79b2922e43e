// publish, promote, rollback and models as commands, against the local R2 and its S3 endpoint.

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeEdgeFile } from "#model/edge-file";
import { writeMasterFile } from "#model/master-file";
import { START_LIMIT_MS, startLocalBucket } from "../local-bucket.ts";
import type { LocalBucket } from "../local-bucket.ts";
import { makeTinyModel } from "../tiny-model.ts";
import { runProgram } from "./run-program.ts";

let folder: string;
let bucket: LocalBucket;
let address: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "release-"));
  bucket = await startLocalBucket();
  address = bucket.address;
  await writeFile(
    join(folder, "text.txt"),
    "The state of the union is great. Our people unite. ".repeat(300),
  );
  await makeRun("even", 0.05); // nearly every word is as probable
  await makeRun("wild", 3); // sure of the wrong words
}, START_LIMIT_MS);
afterAll(async () => {
  await bucket.close();
  await rm(folder, { recursive: true });
});

/** A run's folder with an untrained model; the wider its weights are spread, the worse it predicts. */
async function makeRun(run: string, spread: number): Promise<void> {
  const model = makeTinyModel({ spread });
  await mkdir(join(folder, run));
  await writeFile(join(folder, run, "master.safetensors"), writeMasterFile(model));
  await writeFile(join(folder, run, "edge.safetensors"), writeEdgeFile(model));
  await writeFile(join(folder, run, "settings.json"), JSON.stringify({ corpus: "text.txt" }));
}

async function afterword(
  ...words: string[]
): Promise<{ status: number; json: any; stderr: string }> {
  const environment = { AFTERWORD_STORE: address };
  const outcome = await runProgram([...words, "--json"], { folder, environment });
  const { status, stdout, stderr } = outcome;
  return { status, json: stdout && JSON.parse(stdout), stderr };
}

async function listed() {
  const { json } = await afterword("models");
  return json.models.map(({ version, current }: { version: string; current: boolean }) => [
    version,
    current,
  ]);
}

describe("a release, from the first model on", () => {
  let first: string;
  let worse: string;

  it("makes the first model current", async () => {
    const { status, json, stderr } = await afterword("publish", "--run", "even");
    expect(stderr).not.toContain("afterword:");
    expect(status).toBe(0);
    first = json.version;
    expect(json).toMatchObject({ name: "default", sequence: 1, current: first, promoted: true });
  });

  it("holds a worse model back, says by which number, and keeps it in the store", async () => {
    const { status, json, stderr } = await afterword("publish", "--run", "wild");
    expect(status).toBe(1);
    worse = json.version;
    expect(json).toMatchObject({ sequence: 1, current: first, promoted: false });
    const failed = json.gate.checks.filter(({ passed }: { passed: boolean }) => !passed);
    expect(failed.map(({ name }: { name: string }) => name)).toContain("perplexity");
    expect(stderr).toMatch(
      /held back .* perplexity: perplexity \d+\.\d+ % above what the current version has on the same \d+ tokens/,
    );
    expect(await listed()).toEqual([
      [worse, false],
      [first, true],
    ]);
  });

  it("promotes it only by force", async () => {
    const asked = await afterword("promote", "--version", worse);
    expect(asked.status).toBe(1);
    expect(asked.json).toMatchObject({ version: worse, current: first, sequence: 1 });
    const forced = await afterword("promote", "--version", worse, "--force");
    expect(forced.status).toBe(0);
    expect(forced.json).toMatchObject({ version: worse, current: worse, sequence: 2 });
  });

  it("rolls back to the model before, and no further than there are models", async () => {
    const { status, json } = await afterword("rollback");
    expect(status).toBe(0);
    expect(json).toEqual({ name: "default", version: first, sequence: 3, current: first });
    const again = await afterword("rollback");
    expect(again.status).toBe(1);
    expect(again.stderr).toContain("there is no version");
    expect((await listed())[1]).toEqual([first, true]);
  });

  it("changes nothing for a version that is current already", async () => {
    const { status, json } = await afterword("promote", "--version", first);
    expect(status).toBe(0);
    expect(json).toMatchObject({ version: first, current: first, sequence: 3 });
  });

  it("publishes but promotes nothing where the held-out text is not at hand", async () => {
    const words = ["publish", "--run", "even", "--corpus", "elsewhere"];
    const { status, json, stderr } = await afterword(...words);
    expect(status).toBe(1);
    expect(json).toMatchObject({ current: first, promoted: false });
    expect(stderr).toContain('could not be measured: corpus "elsewhere" is neither');
  });

  it.each([["publish", "--run", "even"], ["models"], ["rollback"]])(
    "names a bucket that is not there: %s",
    async (...words) => {
      const nowhere = address.replace(/[^/]+$/, "no-such-bucket");
      const { status, stderr } = await afterword(...words, "--store", nowhere);
      expect(status).toBe(1);
      expect(stderr).toContain('there is no bucket "no-such-bucket" at http');
    },
  );

  it("trains on from the model that is current", async () => {
    const shape = ["--hidden-size", "20", "--num-layers", "2", "--forget-bias", "0.5"];
    const files = ["--corpus", "text.txt", "--run", "child"];
    const words = ["train", "--from", "current", ...files, ...shape, "--max-steps", "1"];
    const { status, json, stderr } = await afterword(...words);
    expect(stderr).toContain(`goes on from model ${first}: `);
    expect(status).toBe(0);
    expect(json.parent.version).toBe(first);
    expect(json.parent.words.kept).toBeGreaterThan(3);
  });
});
