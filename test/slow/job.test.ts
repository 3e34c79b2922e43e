// The training job from end to end, without AWS: its container's command, in the environment that Batch gives it, against
// two local stores, one in S3's place and one that a real edge reads.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planEnvironment } from "#job/contract";
import type { JobEvent } from "#job/contract";
import { cardKey } from "#model/layout";
import type { RunCost } from "#job/cost-record";
import { readResult } from "#job/run-result";
import { localStoreAddress, readStoreAddress } from "#registry/url";
import { readPointer } from "#registry/versions";
import { ObjectStore } from "#registry/object-store";
import { startWorker } from "../running-worker.ts";
import type { RunningWorker } from "../running-worker.ts";
import { startLocalBucket } from "../local-bucket.ts";
import type { LocalBucket } from "../local-bucket.ts";
import { writeTinyCorpus } from "../training/tiny-run.ts";
import { tinyPlan } from "./tiny-plan.ts";

const PROGRAM = fileURLToPath(new URL("../../cli/afterword.ts", import.meta.url));
const SECRET = "local-secret";
const PLAN = tinyPlan({ hiddenSize: 24, epochs: 6 });

let bucket: LocalBucket; // in S3's place
let worker: RunningWorker;
let edgeStore: ObjectStore; // the Worker's bucket
let metadata: ReturnType<typeof createServer>;
let folder: string;
let environment: Record<string, string>; // what the job definition gives every job
beforeAll(async () => {
  bucket = await startLocalBucket();
  worker = await startWorker();
  const edgeAddress = localStoreAddress(Number(new URL(worker.url).port));
  edgeStore = new ObjectStore(readStoreAddress(edgeAddress));
  const facts: Record<string, string> = {
    "/latest/api/token": "token",
    "/latest/meta-data/instance-type": "g4dn.xlarge",
    "/latest/meta-data/instance-life-cycle": "spot",
  };
  metadata = createServer((request, response) => response.end(facts[request.url!]));
  await new Promise<void>((settle) => metadata.listen(0, "127.0.0.1", settle));
  const { port } = metadata.address() as AddressInfo;
  folder = await mkdtemp(join(tmpdir(), "job-test-"));
  environment = {
    AFTERWORD_STORE: bucket.address,
    AFTERWORD_EDGE_STORE: edgeAddress,
    AFTERWORD_EDGE_ACCESS_KEY_ID: "local",
    AFTERWORD_EDGE_SECRET_ACCESS_KEY: SECRET,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${port}`,
  };
}, 120_000);
afterAll(async () => {
  await worker.close();
  await bucket.close();
  metadata.close();
  await rm(folder, { recursive: true });
});

interface Program {
  ended: Promise<number>; // exit status
  output: () => string; // stdout and stderr
  events: () => JobEvent[];
  stop(): void;
}

function run(words: string[], variables: Record<string, string> = {}): Program {
  const child = spawn(process.execPath, [PROGRAM, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH, ...environment, ...variables },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return {
    ended: once(child, "exit").then(([status]) => status as number),
    output: () => stdout + stderr,
    events: () =>
      stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as JobEvent),
    stop: () => child.kill("SIGTERM"),
  };
}

/** The variables that Batch and whoever submits give one attempt of a job. */
function attempt(number: number, jobId: string, plan = PLAN): Record<string, string> {
  return {
    ...planEnvironment(plan),
    AWS_BATCH_JOB_ID: jobId,
    AWS_BATCH_JOB_ATTEMPT: String(number),
  };
}

async function runToEnd(variables: Record<string, string>) {
  const program = run(["job"], variables);
  const status = await program.ended;
  expect(program.output()).not.toContain(SECRET);
  return { status, events: program.events(), output: program.output() };
}

const finishedOf = (events: JobEvent[]) =>
  events.find((event) => event.event === "finished") as JobEvent & { event: "finished" };

describe("the training job", () => {
  const RUN = "notes-0b6d3c1e-1111";
  const JOB_ID = "0b6d3c1e-1111-2222-3333-444455556666";
  let version: string;

  it("takes its text from where `corpus push` put it", async () => {
    const notes = join(folder, "notes");
    await mkdir(notes);
    await writeTinyCorpus(join(notes, "text.txt"));
    const push = run(["corpus", "push", notes, "--store", bucket.address, "--json"]);
    expect(await push.ended).toBe(0);
    expect(await bucket.store.list("corpora/notes/")).toEqual(["corpora/notes/text.txt"]);
  });

  it("told to stop, keeps a checkpoint and ends with the status that has Batch try again", async () => {
    const first = run(["job"], attempt(1, JOB_ID));
    await expect.poll(() => first.events().length, { timeout: 60_000 }).toBeGreaterThan(0);
    first.stop();
    expect(await first.ended).toBe(143);
    expect(first.output()).toContain("the last checkpoint");
    expect(finishedOf(first.events())).toBeUndefined();
    expect(await readPointer(bucket.store, "notes")).toBeNull();
    expect((await bucket.store.list(`runs/${RUN}/`)).join()).toContain("checkpoint");
  });

  it("goes on from there, is evaluated and gated, and becomes current in both stores", async () => {
    const { status, events, output } = await runToEnd(attempt(2, JOB_ID));
    expect(output).toContain("goes on after step");
    expect(status).toBe(0);
    const finished = finishedOf(events);
    expect(finished).toMatchObject({ model: "notes", run: RUN, promoted: true });
    expect(events.filter(({ event }) => event === "epoch").length).toBeLessThan(6);
    ({ version } = finished);
    expect((await readPointer(bucket.store, "notes"))!.version).toBe(version);
    expect((await readPointer(edgeStore, "notes"))!.version).toBe(version);
    expect(await readResult(bucket.store, RUN)).toMatchObject({ version, plan: PLAN });
  });

  it("leaves its receipt in the card: both attempts, on a Spot instance", async () => {
    const card = await edgeStore.get(cardKey("notes", version));
    const { receipt } = JSON.parse(new TextDecoder().decode(card!.body)) as { receipt: RunCost };
    const attemptOnSpot = { instance_type: "g4dn.xlarge", purchase: "spot" };
    expect(receipt.attempts).toMatchObject([attemptOnSpot, attemptOnSpot]);
    expect(receipt.usd).toBeGreaterThan(0);
  });

  it("is picked up by the edge, which predicts with it", async () => {
    const answer = await fetch(`${worker.url}/v1/predict`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "notes", text: "the state of the ", limit: 3 }),
    });
    expect(answer.status).toBe(200);
    const prediction = (await answer.json()) as {
      version: string;
      predictions: { word: string }[];
    };
    expect(prediction.version).toBe(version);
    expect(prediction.predictions[0]!.word).toBe("Union");
  });

  it("tried again after it has finished, does nothing", async () => {
    const { status, events } = await runToEnd(attempt(3, JOB_ID));
    expect(status).toBe(0);
    expect(finishedOf(events)).toMatchObject({ version, seconds: 0 });
  });

  it("holds back a model that is worse, says why, and leaves what is current", async () => {
    const worse = { ...PLAN, settings: { ...PLAN.settings, epochs: 1, learningRate: 0.01 } };
    const { status, events } = await runToEnd(attempt(1, "99999999-1111", worse));
    expect(status).toBe(0);
    const finished = finishedOf(events);
    expect(finished.promoted).toBe(false);
    expect((await readResult(bucket.store, finished.run))!.reason).toContain("perplexity");
    expect((await readPointer(edgeStore, "notes"))!.version).toBe(version);
  });

  it("as a sweep's child trains the plan of its index, and promotes nothing", async () => {
    const plans = [PLAN, { ...PLAN, settings: { ...PLAN.settings, epochs: 1, hiddenSize: 16 } }];
    await bucket.store.put("runs/notes-sweep/sweep.json", JSON.stringify(plans));
    const { status, events } = await runToEnd({
      AFTERWORD_SWEEP: "runs/notes-sweep/sweep.json",
      AFTERWORD_RUN: "notes-sweep",
      AWS_BATCH_JOB_ID: "77777777-1111:1",
      AWS_BATCH_JOB_ARRAY_INDEX: "1",
    });
    expect(status).toBe(0);
    expect(finishedOf(events)).toMatchObject({ run: "notes-sweep-1", promoted: false });
    expect(await readResult(bucket.store, "notes-sweep-1")).toMatchObject({ plan: plans[1] });
    expect((await readPointer(bucket.store, "notes"))!.version).toBe(version);
  });

  it("leaves versions that can be promoted by hand, through the gate, with the text in the store", async () => {
    const { version: candidate } = (await readResult(bucket.store, "notes-sweep-1"))!;
    const words = ["--name", "notes", "--version", candidate, "--store", bucket.address, "--json"];
    const promote = run(["promote", ...words]);
    expect(await promote.ended).toBe(1); // it was trained for one epoch only
    expect(promote.output()).toMatch(/held back .*: perplexity: perplexity \d/);
  });

  it("refuses an environment that makes no job, in one sentence", async () => {
    const { status, output } = await runToEnd({});
    expect(output).toBe("afterword: AFTERWORD_MODEL is needed; see --help\n");
    expect(status).toBe(2);
  });
});
