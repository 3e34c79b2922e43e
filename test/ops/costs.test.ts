import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { costOf, instanceCost, overheadSeconds, sumOf } from "#job/cost";
import { estimateMonth } from "#ops/costs";
import type { Usage } from "#ops/costs";
import {
  DISK_GIGABYTE_MONTH,
  HOURS_PER_MONTH,
  INSTANCE_HOUR,
  PUBLIC_ADDRESS_HOUR,
  SPOT_SHARE,
} from "#job/prices";
import { AWS, CLOUDFLARE } from "#ops/prices";
import { estimateTraining } from "#ops/training-time";
import type { TrainingEstimate } from "#ops/training-time";
import { writeRunCost } from "#job/cost-record";
import type { RunCost } from "#job/cost-record";
import { costs } from "../../cli/commands/costs.ts";
import { runCommand } from "../cli/run-command.ts";
import { START_LIMIT_MS } from "../local-bucket.ts";
import { configuredModel, describedStack } from "../fakes/aws-server.ts";
import { startProject } from "../fakes/cloud-project.ts";
import type { CloudProject } from "../fakes/cloud-project.ts";

const usage: Usage = {
  instanceType: "g4dn.xlarge",
  purchase: "spot",
  hoursPerRun: 1,
  runsPerWeek: 1,
  predictionsPerMonth: 10e6,
  storedGigabytes: 1,
  hasEdge: true,
};
const total = (lines: { usd: number }[]) => sumOf(lines.map(({ usd }) => usd));

describe("an instance's cost", () => {
  it("counts its address and its disk too", () => {
    const hour = instanceCost("g4dn.xlarge", "on-demand", 1)!;
    const disk = (100 * DISK_GIGABYTE_MONTH) / HOURS_PER_MONTH;
    expect(hour).toBeCloseTo(INSTANCE_HOUR["g4dn.xlarge"]! + PUBLIC_ADDRESS_HOUR + disk, 10);
  });

  it("is lower on Spot by the share that is assumed", () => {
    const [spot, onDemand] = (["spot", "on-demand"] as const).map((purchase) =>
      instanceCost("g5.xlarge", purchase, 1)!,
    ) as [number, number];
    expect(onDemand - spot).toBeCloseTo(INSTANCE_HOUR["g5.xlarge"]! * (1 - SPOT_SHARE), 10);
  });

  it("counts what compiling takes where TensorFlow has no machine code for the GPU, and no boot of a task", () => {
    const [t4, a10g, l4, task] = ["g4dn.xlarge", "g5.xlarge", "g6.xlarge", "fargate-16"].map(
      overheadSeconds,
    ) as [number, number, number, number];
    expect(a10g).toBeGreaterThan(2 * t4);
    expect(l4).toBe(a10g);
    expect(task).toBeLessThan(t4);
    const [onT4, onL4] = ["g4dn.xlarge", "g6.xlarge"].map((instanceType) =>
      total(estimateMonth({ ...usage, instanceType, hoursPerRun: 0 }).training),
    ) as [number, number];
    expect(onL4).toBeGreaterThan(onT4);
  });

  it("is unknown for an instance that is not in the list", () => {
    expect(instanceCost("p9.huge", "spot", 1)).toBeNull();
    expect(instanceCost(null, null, 1)).toBeNull();
  });
});

describe("a receipt", () => {
  const interrupted = { instance_type: "g4dn.xlarge", purchase: "spot", seconds: 600 } as const;
  const last = { instance_type: "g5.xlarge", purchase: "on-demand", seconds: 1_800 } as const;

  it("adds up the attempts, those that were interrupted among them", () => {
    const { attempts, seconds, usd } = costOf([interrupted, last]);
    expect(seconds).toBe(2_400);
    expect(usd).toBeCloseTo(sumOf(attempts.map((attempt) => attempt.usd!)), 3);
    expect(attempts[1]!.usd).toBeGreaterThan(attempts[0]!.usd!);
  });

  it("has no sum where an attempt's instance is unknown", () => {
    const unknown = { instance_type: null, purchase: null, seconds: 60 };
    expect(costOf([last, unknown])).toMatchObject({ usd: null, seconds: 1_860 });
  });
});

describe("a month", () => {
  it("costs less than two dollars while nothing happens", () => {
    expect(total(estimateMonth(usage).idle)).toBeLessThan(2);
  });

  it("counts the runs of a mean month", () => {
    const once = total(estimateMonth(usage).training);
    expect(total(estimateMonth({ ...usage, runsPerWeek: 7 }).training)).toBeCloseTo(7 * once, 10);
    expect(once / instanceCost("g4dn.xlarge", "spot", 1)!).toBeGreaterThan(52 / 12);
  });

  it("takes what the plan includes before it charges predictions", () => {
    const month = (count: number) =>
      total(estimateMonth({ ...usage, predictionsPerMonth: count }).predictions);
    expect(month(1e6)).toBe(CLOUDFLARE.planMonth);
    expect(month(10e6)).toBe(CLOUDFLARE.planMonth);
    // of CPU 800 s a million, of Durable Objects' requests 51,400
    const cpu = (800e6 - 30e6) / 1e6;
    const requests = (51.4e6 - 1e6) / 1e6;
    expect(month(1e9) - CLOUDFLARE.planMonth).toBeCloseTo(cpu * 0.02 + requests * 0.15, 6);
  });

  it("has no edge to pay for where none is deployed", () => {
    const { idle, predictions } = estimateMonth({ ...usage, hasEdge: false });
    expect(predictions).toEqual([]);
    expect(total(estimateMonth(usage).idle) - total(idle)).toBeCloseTo(2 * AWS.secretMonth, 10);
  });
});

describe("the costs command", () => {
  let project: CloudProject;
  beforeAll(async () => {
    project = await startProject([configuredModel("notes")]);
  }, START_LIMIT_MS);
  afterAll(() => project.leave());

  it("estimates without asking anybody", async () => {
    project.aws.answer({});
    const { json, text } = await runCommand(costs, "--runs-per-week", "7", "--hours", "2");
    const { usd_per_month } = json as { usd_per_month: Record<string, number> };
    const { idle, training, predictions, total } = usd_per_month;
    expect(idle! + training! + predictions!).toBeCloseTo(total!, 10);
    expect(text).toContain("30.4 runs of 2 h on g4dn.xlarge, spot");
    expect(project.aws.requests).toEqual([]);
  });

  it("compares an hour with a GPU and without", async () => {
    project.aws.answer({});
    const { json, text } = await runCommand(costs);
    expect(json).toMatchObject({
      machines: [{ machine: "g4dn.xlarge" }, { machine: "fargate-16" }],
    });
    expect(text).toMatch(/cheaper on the GPU where that is \d\.\d times as fast/);
  });

  it("compares a run of each model on both", async () => {
    project.aws.answer({});
    const { json, text } = await runCommand(costs);
    const { models } = json as { models: TrainingEstimate[] };
    expect(models.map(({ model, epochs }) => [model, epochs])).toEqual([["notes", 2]]);
    const [gpu, cpu] = models[0]!.machines;
    expect(gpu!.hours).toBeGreaterThan(cpu!.hours); // so short a run is mostly a machine's start
    expect(cpu!.usd).toBeCloseTo(instanceCost("fargate-16", "spot", cpu!.hours)!, 10);
    expect(text).toMatch(
      /notes, 2 epochs: \d\.\d h and \$\d\.\d\d on g4dn\.xlarge, .* on fargate-16/,
    );
  });

  it("expects a large model to train faster on a GPU", async () => {
    const model = { name: "large", corpus: "large", tokenizer: "text", preset: "large", settings: {}, gateTolerancePercent: 1 } as const; // prettier-ignore
    const { machines } = await estimateTraining(model, ["g4dn.xlarge", "fargate-16"]);
    const [gpu, cpu] = machines;
    expect(gpu!.hours).toBeLessThan(cpu!.hours);
    expect(gpu!.usd).toBeLessThan(cpu!.usd!);
  });

  it("expects a sampled softmax to take less time than a whole one", async () => {
    const hoursWith = async (sampledWords: number) => {
      const settings = { sampledWords, epochs: 10 };
      const model = { name: "notes", corpus: "notes", tokenizer: "text", preset: "best", settings, gateTolerancePercent: 1 } as const; // prettier-ignore
      return (await estimateTraining(model, ["fargate-16"])).machines[0]!.hours;
    };
    expect(await hoursWith(1_536)).toBeLessThan(await hoursWith(0));
    expect(await hoursWith(1_000_000)).toBe(await hoursWith(0)); // all words, no more than there are
  });

  it.each([
    [{ from: "base", preset: "auto" }, { epochs: 3 }],
    [{ from: "base", preset: "auto", settings: { epochs: 5 } }, { epochs: 5 }],
    [{ from: "base", preset: "auto", minutes: 10 }, { minutes: 10 }],
    [{ from: "current", preset: "medium" }, { epochs: 3 }],
    [{ preset: "medium" }, { epochs: 39 }],
    [{ preset: "medium", minutes: 30 }, { minutes: 30 }],
  ] as const)("expects a run of %j to take %j", async (recipe, length) => {
    const model = { name: "notes", corpus: "notes", tokenizer: "text", settings: {}, gateTolerancePercent: 1, ...recipe } as const; // prettier-ignore
    expect(await estimateTraining(model, ["g4dn.xlarge"])).toMatchObject(length);
  });

  it("tells where no run has a record", async () => {
    project.aws.answer({ DescribeStacks: describedStack() });
    expect((await runCommand(costs, "--runs")).text).toContain("no run has a cost record yet");
  });

  it("shows the receipts of the runs, the newest first", async () => {
    const receipt = (run: string, finished_at: string) => ({
      ...costOf([{ instance_type: "g4dn.xlarge", purchase: "spot", seconds: 600 }]),
      run,
      model: "notes",
      finished_at,
    });
    await writeRunCost(project.store, receipt("notes-1", "2026-11-01T03:10:00.000Z"));
    await writeRunCost(project.store, receipt("notes-2", "2026-11-08T03:10:00.000Z"));
    await project.store.put("runs/by-hand/settings.json", "{}");
    project.aws.answer({ DescribeStacks: describedStack() });
    const { json, text } = await runCommand(costs, "--runs");
    expect((json as { runs: RunCost[] }).runs.map(({ run }) => run)).toEqual([
      "notes-2",
      "notes-1",
    ]);
    const usd = instanceCost("g4dn.xlarge", "spot", 780 / 3600)!; // three minutes to boot with it
    expect(text).toContain(
      `notes-2                           $${usd.toFixed(2)}, 10:00, 2026-11-08`,
    );
  });

  it.each([
    [["--hours=-1"], "--hours must be at least 0"],
    [["--runs-per-week", "often"], '--runs-per-week must be a number, got "often"'],
    [["--instance", "p9.huge"], 'the price of "p9.huge" is not known here'],
  ])("refuses %j", async (words, message) => {
    await expect(runCommand(costs, ...words)).rejects.toThrow(message);
  });
});
