// The job as its container runs it, in this process, against two local stores that have bad days.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { TrainingPlan } from "#config/training-plan";
import type { JobRequest } from "#job/environment";
import type { JobReporter } from "#job/reporter";
import { RetryError } from "#job/retry";
import { runJob } from "#job/run-job";
import { readResult } from "#job/run-result";
import { readCard } from "#registry/version-card";
import { readPointer } from "#registry/versions";
import { once, startStoreProxy } from "../fakes/store-proxy.ts";
import type { StoreProxy } from "../fakes/store-proxy.ts";
import { START_LIMIT_MS, startLocalBucket } from "../local-bucket.ts";
import type { LocalBucket } from "../local-bucket.ts";
import { listenTo, writeTinyCorpus } from "../training/tiny-run.ts";

const KEYS = { accessKeyId: "local", secretAccessKey: "local-secret" };
const settings = {
  vocabularySize: 100,
  hiddenSize: 20,
  layers: 1,
  batchSize: 5,
  numSteps: 10,
  epochs: 1,
};

let bucket: LocalBucket; // in S3's place
let edge: LocalBucket; // in R2's
let proxy: StoreProxy; // before the one
let edgeProxy: StoreProxy; // before the other
let plan: TrainingPlan;
let request: JobRequest;
let notices: string[];
let count = 0;
beforeAll(async () => {
  [bucket, edge] = await Promise.all([startLocalBucket(), startLocalBucket()]);
  [proxy, edgeProxy] = await Promise.all([
    startStoreProxy(bucket.address),
    startStoreProxy(edge.address),
  ]);
  const folder = await mkdtemp(join(tmpdir(), "corpus-"));
  await writeTinyCorpus(join(folder, "text.txt"), 400);
  await bucket.store.put("corpora/notes/text.txt", await readFile(join(folder, "text.txt")));
  await rm(folder, { recursive: true });
}, START_LIMIT_MS);
beforeEach(() => {
  for (const each of [proxy, edgeProxy]) Object.assign(each, { decide: () => "pass", seen: [] });
  notices = [];
  const model = `model-${++count}`;
  plan = { model, corpus: "notes", tokenizer: "text", preset: "small", settings, gateTolerancePercent: 1 }; // prettier-ignore
  const edgeStore = { address: edgeProxy.address, credentials: KEYS };
  request = { run: `${model}-run`, plan, store: proxy.address, edge: edgeStore };
});
afterAll(async () => {
  await Promise.all([proxy.close(), edgeProxy.close(), bucket.close(), edge.close()]);
});

function attempt(signal = new AbortController().signal) {
  const reporter: JobReporter = {
    onNotice: (notice) => notices.push(notice),
    onEvent: () => {},
    onTraining: () => listenTo({ onNotice: (notice) => notices.push(notice) }),
    onGate: () => {},
  };
  return runJob(request, reporter, signal);
}

const versions = (of: LocalBucket) =>
  of.store.list(`models/${plan.model}/versions/`, { folders: true });
const checkpoints = (seen: string[]) => seen.filter((line) => /^PUT .*checkpoint/.test(line));

/** One version, current in both stores after one promotion each. */
async function expectReleased(version: string) {
  for (const each of [bucket, edge]) {
    expect(await versions(each)).toEqual([version]);
    expect(await readPointer(each.store, plan.model)).toMatchObject({ version, sequence: 1 });
    expect(await each.store.list(`models/${plan.model}/promotions/`)).toHaveLength(1);
  }
}

describe("answers that are lost", () => {
  it("to the writes of a release leave one version, promoted once, in both stores", async () => {
    for (const each of [proxy, edgeProxy]) {
      const losing = ["edge.safetensors", "card.json", "current.json"].map((file) =>
        once("lost", "PUT", file),
      );
      each.decide = (method, key) =>
        losing.some((decide) => decide(method, key) === "lost") ? "lost" : "pass";
    }
    const { version, promoted } = await attempt();
    expect(promoted).toBe(true);
    await expectReleased(version);
  });
});

describe("a version that predicts some of the text's files worse", () => {
  it("is released, and the log alone says which", async () => {
    const [folder, name] = [await mkdtemp(join(tmpdir(), "corpus-")), "split"];
    await writeTinyCorpus(join(folder, "text.txt"), 200);
    const text = await readFile(join(folder, "text.txt"));
    await rm(folder, { recursive: true });
    for (const file of ["train", "valid", "test/anna", "test/boris"])
      await bucket.store.put(`corpora/${name}/${file}.txt`, text);
    plan = { ...plan, corpus: name, gateTolerancePercent: 100_000 };
    request = { ...request, plan, edge: null };
    await attempt();
    notices = [];
    await bucket.store.put(`corpora/${name}/train.txt`, `${text.subarray(0, 600)}${"Zebras of a zoo eat what they are given. ".repeat(200)}`); // prettier-ignore
    request = { ...request, run: `${request.run}-worse` };
    expect((await attempt()).promoted).toBe(true);
    expect(notices.join("\n")).toMatch(/2 of 2 files .*"test\/(anna|boris)\.txt" \d+/);
    const result = await readResult(bucket.store, request.run);
    const pointer = await readPointer(bucket.store, plan.model);
    expect(JSON.stringify([result, pointer])).not.toMatch(/anna|boris/);
    const card = await readCard(bucket.store, plan.model, pointer!.version);
    expect(JSON.stringify({ ...card, manifest: undefined })).not.toMatch(/anna|boris/);
  });
});

describe("an edge's store that takes nothing", () => {
  it("ends the job before it trains, with what is wrong", async () => {
    request = { ...request, edge: { ...request.edge!, address: `${edge.address}-elsewhere` } };
    await expect(attempt()).rejects.toThrow('there is no bucket "afterword-models-elsewhere"');
    expect(await bucket.store.list(`runs/${request.run}/`)).toEqual([]);
  });

  it("is told to be closed where its keys are", async () => {
    edgeProxy.decide = (method) => (method === "PUT" ? "denied" : "pass");
    await expect(attempt()).rejects.toThrow("the key may not do this (AccessDenied)");
    expect(await bucket.store.list(`runs/${request.run}/`)).toEqual([]);
  });
});

describe("a training that is complete", () => {
  it("is never trained again because its publishing failed: the next attempt only publishes", async () => {
    edgeProxy.decide = (method, key) =>
      method === "PUT" && key.includes("/versions/") ? "denied" : "pass";
    const failure = await attempt().then(
      () => expect.fail("it was published"),
      (error: Error) => error,
    );
    expect(failure).toBeInstanceOf(RetryError);
    expect(failure.message).toContain(
      `afterword publish --run ${proxy.address}/runs/${request.run} --name ${plan.model}`,
    );
    edgeProxy.decide = () => "pass";
    proxy.seen = [];
    const { version } = await attempt();
    expect(checkpoints(proxy.seen)).toEqual([]);
    await expectReleased(version);
  });

  it("that became current before its attempt ended is brought to the edge by the next", async () => {
    edgeProxy.decide = (method, key) =>
      method === "PUT" && key.endsWith("current.json") ? "denied" : "pass";
    await expect(attempt()).rejects.toThrow(RetryError);
    expect(await readPointer(bucket.store, plan.model)).not.toBeNull();
    edgeProxy.decide = () => "pass";
    const { version, promoted } = await attempt();
    expect(promoted).toBe(true);
    await expectReleased(version);
    expect(await readResult(bucket.store, request.run)).toMatchObject({ version, promoted: true });
  });
});

describe("a lease that a killed attempt left on another host", () => {
  const leave = (seconds: number) =>
    bucket.store.put(
      `runs/${request.run}/lease-00000001.json`,
      JSON.stringify({
        id: "0",
        host: "ip-10-0-0-9",
        process: 7,
        endsAt: new Date(Date.now() + seconds * 1000).toISOString(),
      }),
    );

  it("is waited for", async () => {
    await leave(2);
    expect((await attempt()).promoted).toBe(true);
    expect(notices.join("\n")).toMatch(/process 7 on ip-10-0-0-9: waiting/);
  });

  it("that is longer than any, as of a process that goes on, has the job tried again", async () => {
    await leave(3_600);
    await expect(attempt()).rejects.toThrow(RetryError);
  });

  it("is not waited for by a job that is told to stop", async () => {
    await leave(60);
    const controller = new AbortController();
    const stopped = attempt(controller.signal);
    await expect.poll(() => notices.join()).toContain("process 7 on ip-10-0-0-9: waiting");
    controller.abort(new Error("the job was told to stop"));
    await expect(stopped).rejects.toThrow();
  });
});

it("a machine that cannot be asked is what the job was told", async () => {
  process.env.AFTERWORD_MACHINE = "fargate-16";
  try {
    await attempt();
  } finally {
    delete process.env.AFTERWORD_MACHINE;
  }
  const found = await bucket.store.get(`runs/${request.run}/receipt.json`);
  const { attempts, usd } = JSON.parse(new TextDecoder().decode(found!.body)) as {
    attempts: { instance_type: string }[];
    usd: number;
  };
  expect(attempts.map(({ instance_type }) => instance_type)).toEqual(["fargate-16"]);
  expect(usd).toBeGreaterThan(0);
});
