// A run's files in a folder and in the local R2: one suite for both, and a run that is stopped and goes on there.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readObjectAddress } from "#registry/url";
import { ObjectStore } from "#registry/object-store";
import { StoredRun } from "#registry/stored-run";
import type { RunFiles } from "#training/run/files";
import { RunFolder } from "#training/run/folder";
import { RunLease } from "#training/run/lease";
import { train } from "#training/loop/train";
import { listenTo, tinyPreset, tinyRun, writeTinyCorpus } from "../training/tiny-run.ts";
import { START_LIMIT_MS, startLocalBucket } from "../local-bucket.ts";
import type { LocalBucket } from "../local-bucket.ts";

let folder: string;
let local: LocalBucket;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "run-files-"));
  local = await startLocalBucket();
}, START_LIMIT_MS);
afterAll(async () => {
  await local.close();
  await rm(folder, { recursive: true });
});

function openStored(name: string): RunFiles {
  const { location, prefix } = readObjectAddress(`${local.address}/runs/${name}`);
  return new StoredRun(new ObjectStore(location), prefix + "/");
}

const PLACES = { folder: (name: string) => new RunFolder(join(folder, name)), store: openStored };

async function readText(files: RunFiles, name: string): Promise<string | null> {
  const data = await files.read(name);
  return data && new TextDecoder().decode(data);
}

describe.each(Object.entries(PLACES))("a run's files in a %s", (place, open) => {
  it("are listed in order, read, replaced and deleted", async () => {
    const files = open("files");
    expect(await files.list()).toEqual([]);
    await files.write("b.json", "{}");
    await files.write("a.bin", Uint8Array.of(1, 2, 3));
    await files.write("b.json", "[]");
    expect(await files.list()).toEqual(["a.bin", "b.json"]);
    expect(Uint8Array.from((await files.read("a.bin"))!)).toEqual(Uint8Array.of(1, 2, 3));
    expect(await readText(files, "b.json")).toBe("[]");
    await files.delete("b.json");
    await files.delete("b.json");
    expect(await files.read("b.json")).toBeNull();
  });

  it("have an address under the run's", () => {
    const files = open("address");
    expect(files.addressOf("a.bin")).toBe(`${files.address}/a.bin`);
    if (place === "store") expect(files.address).toBe(`${local.address}/runs/address`);
  });

  it("are created by exactly one of many that try", async () => {
    const files = open("created");
    const created = await Promise.all(
      ["a", "b", "c", "d"].map(async (text) => ((await files.create("x", text)) ? text : null)),
    );
    const winners = created.filter((text) => text !== null);
    expect(winners).toHaveLength(1);
    expect(await readText(files, "x")).toBe(winners[0]);
    expect(await files.create("x", "later")).toBe(false);
    expect(await files.list()).toEqual(["x"]);
  });

  it("grow by what is appended, also by a later process", async () => {
    const files = open("log");
    await files.append("log", "one\n");
    await files.append("log", Buffer.from("two\n"));
    await files.flush();
    const later = open("log");
    await later.append("log", "three\n");
    await later.flush();
    expect(await readText(files, "log")).toBe("one\ntwo\nthree\n");
    await later.write("log", "one\n");
    await later.append("log", "four\n");
    await later.flush();
    expect(await readText(files, "log")).toBe("one\nfour\n");
  });

  it("are one process's at a time", async () => {
    const take = () => RunLease.take(open("lease"), () => {});
    const outcomes = await Promise.allSettled([take(), take(), take()]);
    const taken = outcomes.filter((outcome) => outcome.status === "fulfilled");
    expect(taken).toHaveLength(1);
    await expect(take()).rejects.toThrow(`by process ${process.pid} on`);
    await taken[0]!.value.release();
    await (await take()).release();
  });
});

describe("a run in a store", () => {
  it("that was stopped ends with the bytes of one in a folder that was not", async () => {
    const corpus = join(folder, "text.txt");
    await writeTinyCorpus(corpus, 300);
    const preset = tinyPreset();
    Object.assign(preset.training, { batchSize: 10, epochs: 2 });
    const whole = { ...tinyRun(corpus, PLACES.folder("whole")), preset };
    await train(whole, listenTo());
    const master = await whole.files.read("master.safetensors");

    const controller = new AbortController();
    const stop = () => controller.abort(new Error("stopped by hand"));
    const stored = { ...whole, files: openStored("stopped"), signal: controller.signal };
    const stopped = train(stored, listenTo({ onEpoch: stop }));
    const { message } = await stopped.then(
      () => expect.fail("it was not stopped"),
      (error: Error) => error,
    );
    expect(message).toMatch(/^stopped by hand; the last checkpoint, after step \d+, is /);
    expect(message).toContain(`${local.address}/runs/stopped/checkpoint-`);
    const files = openStored("stopped");
    const summary = await train({ ...whole, files, resume: true }, listenTo());
    expect(summary.masterPath).toBe(`${local.address}/runs/stopped/master.safetensors`);
    expect(Buffer.compare((await files.read("master.safetensors"))!, master!)).toBe(0);
    const lines = (await readText(files, "metrics.jsonl"))!.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).step)).toEqual(
      (await readText(whole.files, "metrics.jsonl"))!
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).step),
    );
  });
});

describe("addresses of runs", () => {
  it.each([
    ["s3://bucket/runs/notes", { location: { bucket: "bucket" }, prefix: "runs/notes" }],
    [
      "https://account.r2.example/bucket/runs/notes/",
      {
        location: { bucket: "bucket", endpoint: "https://account.r2.example" },
        prefix: "runs/notes",
      },
    ],
    [
      "http://127.0.0.1:8787/cdn-cgi/local/r2/s3/afterword-models/runs/notes",
      {
        location: {
          bucket: "afterword-models",
          endpoint: "http://127.0.0.1:8787/cdn-cgi/local/r2/s3",
        },
        prefix: "runs/notes",
      },
    ],
  ])("reads %s", (address, expected) => {
    expect(readObjectAddress(address)).toMatchObject(expected);
  });

  it.each(["s3://bucket", "s3://bucket/", "https://host/bucket", "runs/notes"])(
    "refuses %j, saying what to write",
    (address) => {
      expect(() => readObjectAddress(address)).toThrow("write s3://BUCKET/runs/NAME or");
    },
  );
});
