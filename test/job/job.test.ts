// What the job decides before it trains; test/slow/job.test.ts runs all of it.

import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planEnvironment } from "#job/contract";
import type { TrainingPlan } from "#config/training-plan";
import { readJobEnvironment, readPlan } from "#job/environment";
import { readInstance } from "#job/instance";
import { CostTracker } from "#job/cost-tracker";
import { readRunCost } from "#job/cost-record";
import { newRunName } from "#job/run-name";
import { START_LIMIT_MS, startLocalBucket } from "../local-bucket.ts";
import type { LocalBucket } from "../local-bucket.ts";

const SECRET = "secret-that-nobody-may-see";
const PLAN: TrainingPlan = {
  model: "notes",
  corpus: "letters",
  tokenizer: "whitespace",
  preset: "small",
  settings: { epochs: 2, tied: true },
  gateTolerancePercent: 0.5,
};
const EVERY_JOB = { AFTERWORD_STORE: "s3://bucket" };
const JOB = { ...EVERY_JOB, ...planEnvironment(PLAN), AWS_BATCH_JOB_ID: "0b6d3c1e-1111" };

describe("a job's environment", () => {
  it("gives back the plan that was put into it", () => {
    expect(readJobEnvironment({ ...JOB, AFTERWORD_RUN: "notes-1" })).toEqual({
      run: "notes-1",
      plan: PLAN,
      store: "s3://bucket",
      edge: null,
    });
  });

  it.each<[string, Partial<TrainingPlan>]>([
    ["base", { from: "base", preset: "auto", settings: {}, minutes: 12.5 }],
    ["current", { from: "current" }],
  ])("gives back a plan that goes on from %s", (_, changes) => {
    const plan = { ...PLAN, ...changes };
    expect(readPlan(planEnvironment(plan))).toEqual(plan);
  });

  it("begins from nothing where it says none, or nothing", () => {
    for (const AFTERWORD_FROM of ["none", "", undefined]) {
      expect(readPlan({ ...planEnvironment(PLAN), AFTERWORD_FROM })).toEqual(PLAN);
    }
  });

  it("names the run of a schedule's job after the job, so that its attempts share it", () => {
    expect(readJobEnvironment(JOB).run).toBe("notes-0b6d3c1e-1111");
    expect(readJobEnvironment({ ...JOB, AWS_BATCH_JOB_ATTEMPT: "2" }).run).toBe(
      "notes-0b6d3c1e-1111",
    );
  });

  it("sends a sweep's child to its own plan and run", () => {
    const child = {
      ...EVERY_JOB,
      AFTERWORD_SWEEP: "runs/grid/sweep.json",
      AFTERWORD_RUN: "grid",
      AWS_BATCH_JOB_ARRAY_INDEX: "3",
    };
    expect(readJobEnvironment(child)).toMatchObject({
      run: "grid-3",
      plan: { key: "runs/grid/sweep.json", index: 3 },
    });
  });

  it("opens the edge's store with its own keys", () => {
    const edge = {
      AFTERWORD_EDGE_STORE: "https://account.r2.cloudflarestorage.com/models",
      AFTERWORD_EDGE_ACCESS_KEY_ID: "id",
      AFTERWORD_EDGE_SECRET_ACCESS_KEY: SECRET,
    };
    expect(readJobEnvironment({ ...JOB, ...edge }).edge).toEqual({
      address: edge.AFTERWORD_EDGE_STORE,
      credentials: { accessKeyId: "id", secretAccessKey: SECRET },
    });
  });

  it.each<[Record<string, string>, string]>([
    [{ AFTERWORD_STORE: "" }, "AFTERWORD_STORE is needed"],
    [{ AFTERWORD_MODEL: "" }, "AFTERWORD_MODEL is needed"],
    [{ AFTERWORD_MODEL: "../x" }, 'AFTERWORD_MODEL "../x" must be lower-case letters'],
    [{ AFTERWORD_CORPUS: "a/b" }, 'AFTERWORD_CORPUS "a/b" must be lower-case letters'],
    [{ AFTERWORD_TOKENIZER: "bpe" }, 'unknown tokenizer "bpe"'],
    [{ AFTERWORD_PRESET: "huge" }, 'unknown preset "huge"'],
    [{ AFTERWORD_SETTINGS: "epochs=2" }, 'AFTERWORD_SETTINGS must be JSON such as {"epochs": 20}'],
    [{ AFTERWORD_SETTINGS: "[1]" }, "AFTERWORD_SETTINGS must be JSON"],
    [{ AFTERWORD_SETTINGS: '{"epoch": 2}' }, 'unknown setting "epoch"'],
    [{ AFTERWORD_FROM: "before" }, 'AFTERWORD_FROM must be none, base or current, got "before"'],
    [{ AFTERWORD_FROM: "base" }, 'preset "small" is for a run that begins from nothing'],
    [{ AFTERWORD_PRESET: "auto" }, 'preset "auto" takes its settings from the model that a run'],
    [{ AFTERWORD_MINUTES: "0" }, 'AFTERWORD_MINUTES must be above 0, got "0"'],
    [{ AFTERWORD_MINUTES: "long" }, 'AFTERWORD_MINUTES must be a number from 0, got "long"'],
    [{ AFTERWORD_MINUTES: "5" }, "minutes 5 and epochs 2 are both the length of a run"],
    [{ AFTERWORD_LICENCES: "CC0" }, 'AFTERWORD_LICENCES must be JSON such as {"": "CC0-1.0"}'],
    [{ AFTERWORD_LICENCES: '{"": 0}' }, "AFTERWORD_LICENCES must be JSON"],
    [{ AFTERWORD_GATE_TOLERANCE_PERCENT: "-1" }, "AFTERWORD_GATE_TOLERANCE_PERCENT must be"],
    [{ AFTERWORD_EDGE_STORE: "https://r2/b" }, "AFTERWORD_EDGE_ACCESS_KEY_ID is needed"],
    [{ AFTERWORD_SWEEP: "key", AFTERWORD_RUN: "r" }, "AWS_BATCH_JOB_ARRAY_INDEX is needed"],
  ])("with %j is refused in one sentence", (wrong, message) => {
    expect(() => readJobEnvironment({ ...JOB, ...wrong })).toThrow(message);
  });

  it("never shows a secret in what it refuses", () => {
    const secret = { AFTERWORD_EDGE_STORE: "x", AFTERWORD_EDGE_SECRET_ACCESS_KEY: SECRET };
    const read = () => readJobEnvironment({ ...JOB, ...secret });
    expect(read).toThrow("AFTERWORD_EDGE_ACCESS_KEY_ID");
    expect(read).not.toThrow(SECRET);
  });
});

describe("names of runs", () => {
  it("sort by time, and two of one second differ", () => {
    const now = new Date("2026-11-24T06:15:00Z");
    const names = Array.from({ length: 4 }, () => newRunName("notes", now));
    for (const name of names) expect(name).toMatch(/^notes-20261124-061500-[0-9a-f]{4}$/);
    expect(new Set(names).size).toBeGreaterThan(1);
  });
});

describe("the instance", () => {
  let server: Server;
  let service: string;
  let lifeCycle: string;
  const asked: string[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      const token = request.headers["x-aws-ec2-metadata-token"] ?? "none";
      asked.push(`${request.method} ${request.url} ${String(token)}`);
      if (request.url === "/latest/api/token") response.end("token");
      else if (request.url!.endsWith("instance-type")) response.end("g5.xlarge");
      else response.end(lifeCycle);
    });
    await new Promise<void>((settle) => server.listen(0, "127.0.0.1", settle));
    service = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  const environment = () => ({
    AWS_BATCH_JOB_ID: "job",
    AWS_EC2_METADATA_SERVICE_ENDPOINT: service,
  });

  it.each([
    ["spot", "spot"],
    ["on-demand", "on-demand"],
  ])("bought %s is told by its metadata service", async (told, purchase) => {
    lifeCycle = told;
    expect(await readInstance(environment())).toEqual({ instance_type: "g5.xlarge", purchase });
    expect(asked.slice(-3)).toEqual([
      "PUT /latest/api/token none",
      "GET /latest/meta-data/instance-type token",
      "GET /latest/meta-data/instance-life-cycle token",
    ]);
  });

  it("is unknown where no service answers, and outside of Batch nobody is asked", async () => {
    const unknown = { instance_type: null, purchase: null };
    const nobody = { ...environment(), AWS_EC2_METADATA_SERVICE_ENDPOINT: "http://127.0.0.1:9" };
    expect(await readInstance(nobody)).toEqual(unknown);
    const before = asked.length;
    expect(await readInstance({ AWS_EC2_METADATA_SERVICE_ENDPOINT: service })).toEqual(unknown);
    expect(asked.length).toBe(before);
  });
});

describe("the meter", () => {
  let bucket: LocalBucket;
  beforeAll(async () => {
    bucket = await startLocalBucket();
  }, START_LIMIT_MS);
  afterAll(() => bucket.close());

  it("counts every attempt of a run, one that was cut off among them", async () => {
    const of = { run: "notes-1", model: "notes" };
    const spot = { instance_type: "g4dn.xlarge", purchase: "spot" } as const;
    const onDemand = { instance_type: "g5.xlarge", purchase: "on-demand" } as const;
    const first = await CostTracker.start(bucket.store, of, spot); // and is never stopped
    expect(first.attempt).toBe(1);
    const second = await CostTracker.start(bucket.store, of, onDemand);
    expect(second.attempt).toBe(2);
    const receipt = await second.stop({ isFinished: true });
    expect(receipt).toMatchObject({ ...of, attempts: [spot, onDemand] });
    expect(receipt.finished_at).not.toBeNull();
    expect(await readRunCost(bucket.store, "notes-1")).toEqual(receipt);
    await first.stop({ isFinished: false });
  });
});
