// A job's attempts as Batch makes them, in the environment of both kinds of machine, while everything goes wrong: its two
// stores lose every fifth answer and are away for a minute, the job is killed while it trains and again while it publishes,
// and the lease that the first kill leaves is another machine's.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Compute } from "#config/hardware";
import { planEnvironment, STOPPED_STATUS } from "#job/contract";
import type { JobEvent } from "#job/contract";
import { readRunCost } from "#job/cost-record";
import { readResult } from "#job/run-result";
import { readPointer } from "#registry/versions";
import { startStoreProxy } from "../fakes/store-proxy.ts";
import type { StoreProxy } from "../fakes/store-proxy.ts";
import { START_LIMIT_MS, startLocalBucket } from "../local-bucket.ts";
import type { LocalBucket } from "../local-bucket.ts";
import { writeTinyCorpus } from "../training/tiny-run.ts";
import { containerEnvironment, startAttempt } from "./job-container.ts";
import type { Attempt } from "./job-container.ts";
import { tinyPlan } from "./tiny-plan.ts";

const EPOCHS = 8;
const CHECKPOINTED = 3; // epochs, when the job is killed
const AWAY_MS = 60_000;
const LEASE_MS = 20_000; // that are left of it
const LIMIT_MS = 240_000;
const MAX_ATTEMPTS = 10; // Batch's
const JOB_ID = "0b6d3c1e-1111-2222-3333-444455556666";
const RUN = "notes-0b6d3c1e-1111";
const PLAN = tinyPlan({ hiddenSize: 40, epochs: EPOCHS });

let surroundings: Server; // what a container is surrounded by: its role's credentials, the instance's metadata
let text: Uint8Array;
let untroubled: Outcome;
beforeAll(async () => {
  const answers: Record<string, string> = {
    "/latest/api/token": "token",
    "/latest/meta-data/instance-type": "g4dn.xlarge",
    "/latest/meta-data/instance-life-cycle": "spot",
    "/credentials": JSON.stringify({
      AccessKeyId: "local",
      SecretAccessKey: "local-secret",
      Token: "", // the local store takes none
      Expiration: new Date(Date.now() + 3_600_000).toISOString(),
    }),
  };
  surroundings = createServer((request, response) => response.end(answers[request.url!]));
  await new Promise<void>((resolve) => surroundings.listen(0, "127.0.0.1", resolve));
  const folder = await mkdtemp(join(tmpdir(), "text-"));
  await writeTinyCorpus(join(folder, "text.txt"));
  text = await readFile(join(folder, "text.txt"));
  await rm(folder, { recursive: true });
  untroubled = await withStores("cpu", async (stores, start) => {
    await expectStatus(start(1), 0);
    return outcomeOf(stores);
  });
}, 2 * START_LIMIT_MS);
afterAll(() => surroundings.close());

interface Stores {
  buckets: [LocalBucket, LocalBucket]; // in S3's place and in R2's
  proxies: [StoreProxy, StoreProxy]; // before them
}

type StartAttempt = (number: number) => Attempt;

/** Two stores, the text in one of them, and how an attempt is started that uses them. */
async function withStores<T>(
  compute: Compute,
  use: (stores: Stores, start: StartAttempt) => Promise<T>,
): Promise<T> {
  const buckets = await Promise.all([startLocalBucket(), startLocalBucket()]);
  const [s3, r2] = await Promise.all(buckets.map(({ address }) => startStoreProxy(address)));
  const folder = await mkdtemp(join(tmpdir(), "trouble-"));
  const address = `http://127.0.0.1:${(surroundings.address() as AddressInfo).port}`;
  const environment = {
    ...(await containerEnvironment(compute)),
    ...planEnvironment(PLAN),
    AWS_BATCH_JOB_ID: JOB_ID,
    AFTERWORD_EDGE_STORE: r2!.address,
    AFTERWORD_EDGE_ACCESS_KEY_ID: "local",
    AFTERWORD_EDGE_SECRET_ACCESS_KEY: "local-secret",
    AWS_ENDPOINT_URL_S3: s3!.address.slice(0, s3!.address.lastIndexOf("/")),
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${address}/credentials`,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: address,
  };
  const start = (number: number) =>
    startAttempt({ ...environment, AWS_BATCH_JOB_ATTEMPT: String(number) }, folder);
  try {
    await buckets[0].store.put(`corpora/${PLAN.corpus}/text.txt`, text);
    return await use({ buckets, proxies: [s3!, r2!] }, start);
  } finally {
    await Promise.all([...buckets, s3!, r2!].map((each) => each.close()));
    await rm(folder, { recursive: true });
  }
}

interface Outcome {
  metrics: object;
  version: string;
}

/** The one version, current in both stores after one promotion in each. */
async function outcomeOf({ buckets }: Stores): Promise<Outcome> {
  const { version, promoted, metrics } = (await readResult(buckets[0].store, RUN))!;
  expect(promoted).toBe(true);
  for (const { store } of buckets) {
    const under = `models/${PLAN.model}`;
    expect(await store.list(`${under}/versions/`, { folders: true })).toEqual([version]);
    expect(await store.list(`${under}/promotions/`)).toHaveLength(1);
    expect(await readPointer(store, PLAN.model)).toMatchObject({ version, sequence: 1 });
  }
  return { metrics, version };
}

async function expectStatus(attempt: Attempt, ...statuses: (number | "killed")[]) {
  const status = await attempt.ended;
  expect(statuses, attempt.output()).toContain(status);
  return status;
}

const epochsOf = (attempt: Attempt) =>
  attempt
    .events()
    .filter((event): event is JobEvent & { event: "epoch" } => event.event === "epoch")
    .map(({ epoch }) => epoch);

function hasEpochs(attempt: Attempt, count: number): Promise<void> {
  return vi.waitFor(
    () => expect(epochsOf(attempt).length, attempt.output()).toBeGreaterThanOrEqual(count),
    { timeout: 120_000, interval: 20 },
  );
}

/** Has the lease that a killed attempt left be one of another machine, which died a minute ago. */
async function moveLease({ buckets: [{ store }] }: Stores): Promise<void> {
  const key = (await store.list(`runs/${RUN}/lease-`)).at(-1)!;
  const lease = JSON.parse(new TextDecoder().decode((await store.get(key))!.body)) as object;
  const endsAt = new Date(Date.now() + LEASE_MS).toISOString();
  await store.put(key, JSON.stringify({ ...lease, host: "ip-10-0-0-9", endsAt }));
}

/** Both stores do every fifth thing that they are asked, and the answer is lost. */
function loseAnswers({ proxies }: Stores): void {
  for (const proxy of proxies) {
    let asked = 0;
    proxy.decide = () => (++asked % 5 === 0 ? "lost" : "pass");
  }
}

async function goAway(stores: Stores): Promise<void> {
  for (const proxy of stores.proxies) proxy.decide = () => "away";
  await delay(AWAY_MS);
  loseAnswers(stores);
}

/** Kills an attempt at the moment when the model's file has reached the edge's store; nobody hears that it has. */
function killWhilePublishing({ proxies: [, proxy] }: Stores, attempt: Attempt): void {
  const before = proxy.decide;
  proxy.decide = (method, key) => {
    if (method !== "PUT" || !key.endsWith("/edge.safetensors")) return before(method, key);
    proxy.decide = before;
    attempt.kill();
    return "lost";
  };
}

/** Makes attempts until one succeeds; answers all of them. */
async function runThroughTrouble(stores: Stores, start: StartAttempt): Promise<Attempt[]> {
  loseAnswers(stores);
  const first = start(1);
  await hasEpochs(first, CHECKPOINTED + 1);
  first.kill();
  await expectStatus(first, "killed");
  await moveLease(stores);

  const second = start(2);
  await hasEpochs(second, 1);
  await goAway(stores);
  killWhilePublishing(stores, second);
  const attempts = [first, second];
  let status = await expectStatus(second, STOPPED_STATUS, "killed");
  while (status !== 0) {
    expect(attempts.length).toBeLessThan(MAX_ATTEMPTS);
    const attempt = start(attempts.length + 1);
    if (status === STOPPED_STATUS) killWhilePublishing(stores, attempt);
    attempts.push(attempt);
    status = await expectStatus(attempt, 0, STOPPED_STATUS, "killed");
  }
  return attempts;
}

describe.concurrent("a job whose stores fail and that is killed", () => {
  it.each<[Compute, string]>([
    ["gpu", "g4dn.xlarge"],
    ["cpu", "fargate-16"],
  ])(
    "on a %s makes one version, promotes it once and trains nothing twice",
    async (compute, machine) => {
      await withStores(compute, async (stores, start) => {
        const attempts = await runThroughTrouble(stores, start);
        expect(attempts[1]!.output()).toMatch(/process \d+ on ip-10-0-0-9: waiting \d+ s/);
        const kills = await Promise.all(attempts.map(({ ended }) => ended));
        expect(kills.filter((status) => status === "killed")).toHaveLength(2);

        const [before, ...after] = attempts.map(epochsOf) as [number[], ...number[][]];
        const [again, ...more] = after.flat();
        expect(again).toBeGreaterThan(CHECKPOINTED);
        expect(before).toContain(again! - 1);
        expect([again, ...more].at(-1)).toBe(EPOCHS);
        expect(new Set(more).size).toBe(more.length);
        expect(epochsOf(attempts.at(-1)!)).toEqual([]); // the last one only publishes

        expect((await outcomeOf(stores)).metrics).toEqual(untroubled.metrics);
        const cost = await readRunCost(stores.buckets[0].store, RUN);
        const machines = cost!.attempts.map(({ instance_type }) => instance_type);
        expect(machines).toEqual(attempts.map(() => machine));
      });
    },
    LIMIT_MS,
  );
});
