import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TrainingPlan } from "#config/training-plan";
import { writeResult } from "#job/run-result";
import { readChildPlan } from "#job/plan-file";
import { gridOf, planSweep } from "#ops/sweep";
import { sweep, sweepRank } from "../../cli/commands/sweep.ts";
import { runCommand } from "../cli/run-command.ts";
import { START_LIMIT_MS } from "../local-bucket.ts";
import { configuredModel, DEPLOYED, describedStack } from "../fakes/aws-server.ts";
import { startProject } from "../fakes/cloud-project.ts";
import type { CloudProject } from "../fakes/cloud-project.ts";

let project: CloudProject;
beforeAll(async () => {
  project = await startProject([configuredModel("notes")]);
  for (const corpus of ["notes", "mail-en", "mail-de"]) {
    await project.store.put(`corpora/${corpus}/text.txt`, "Dear all,\n");
  }
}, START_LIMIT_MS);
afterAll(() => project.leave());

const answers = {
  DescribeStacks: describedStack(),
  "POST /v1/submitjob": { jobId: "job-1" },
};

async function submit(...words: string[]) {
  project.aws.answer(answers);
  const { json } = await runCommand(sweep, ...words);
  const { sweep: name } = json as { sweep: string };
  const stored = await project.store.get(`runs/${name}/sweep.json`);
  const plans = JSON.parse(new TextDecoder().decode(stored!.body)) as TrainingPlan[];
  return { json, name, plans };
}

describe("a grid", () => {
  it("is every combination of the values", () => {
    expect(gridOf(["hiddenSize=200,400", "tied=true,false"])).toEqual([
      { hiddenSize: 200, tied: true },
      { hiddenSize: 200, tied: false },
      { hiddenSize: 400, tied: true },
      { hiddenSize: 400, tied: false },
    ]);
  });

  it("is one point where nothing is varied", () => {
    expect(gridOf([])).toEqual([{}]);
  });
});

describe("sweep", () => {
  it("submits one array job whose children find their plans in the store", async () => {
    const { json, name, plans } = await submit("hiddenSize=20,40", "keepProb=0.5,1");
    expect(name).toMatch(/^notes-sweep-\d{8}-\d{6}-[0-9a-f]{4}$/);
    expect(json).toEqual({ job: "job-1", sweep: name, runs: 4 });
    expect(plans.map(({ settings }) => settings)).toEqual([
      { epochs: 2, hiddenSize: 20, keepProb: 0.5 },
      { epochs: 2, hiddenSize: 20, keepProb: 1 },
      { epochs: 2, hiddenSize: 40, keepProb: 0.5 },
      { epochs: 2, hiddenSize: 40, keepProb: 1 },
    ]);
    const key = `runs/${name}/sweep.json`;
    expect(project.aws.requests.at(-1)).toEqual({
      service: "batch",
      operation: "POST /v1/submitjob",
      input: {
        jobName: name,
        jobQueue: DEPLOYED.JobQueueArn,
        jobDefinition: DEPLOYED.JobDefinitionArn,
        arrayProperties: { size: 4 },
        containerOverrides: {
          environment: [
            { name: "AFTERWORD_SWEEP", value: key },
            { name: "AFTERWORD_RUN", value: name },
          ],
        },
      },
    });
    expect(await readChildPlan(project.store, key, 2)).toEqual(plans[2]);
    await expect(readChildPlan(project.store, key, 4)).rejects.toThrow("has no plan 4");
  });

  it("trains a model for each corpus that is named", async () => {
    const { plans } = await submit("--corpora", "mail-en,mail-de");
    expect(plans).toMatchObject([
      { model: "mail-en", corpus: "mail-en", preset: "small" },
      { model: "mail-de", corpus: "mail-de", preset: "small" },
    ]);
  });

  it("takes the licences of the model's own corpus for no other", () => {
    const plan = { model: "notes", corpus: "notes", licences: { "": "CC0-1.0" }, tokenizer: "text" as const, preset: "small", settings: {}, gateTolerancePercent: 1 }; // prettier-ignore
    const grid = gridOf(["epochs=1,2"]);
    expect(planSweep(plan, { grid, corpora: [] })[0]!.licences).toEqual(plan.licences);
    for (const each of planSweep(plan, { grid, corpora: ["mail"] })) {
      expect(each).not.toHaveProperty("licences");
    }
  });

  it("keeps what the runs go on from, and their minutes", async () => {
    const plan = { model: "notes", corpus: "notes", tokenizer: "text" as const, from: "current" as const, preset: "auto", settings: {}, minutes: 5, gateTolerancePercent: 1 }; // prettier-ignore
    const plans = planSweep(plan, { grid: gridOf(["keepProb=0.7,1"]), corpora: [] });
    await project.store.put("runs/kept/sweep.json", JSON.stringify(plans));
    expect(await readChildPlan(project.store, "runs/kept/sweep.json", 1)).toEqual({
      ...plan,
      settings: { keepProb: 1 },
    });
    const epochs = gridOf(["epochs=1,2"]);
    expect(() => planSweep(plan, { grid: epochs, corpora: [] })).toThrow("give one of them");
  });

  it.each([
    [["hiddenSize"], '"hiddenSize" is no setting with its values'],
    [["hidenSize=20,40"], 'unknown setting "hidenSize"; choose from'],
    [["hiddenSize=0,40"], "hiddenSize must be a whole number from 1"],
    [["hiddenSize=20"], "a sweep has 2 to 10000 runs, this one 1"],
    [["--corpora", "Mail,mail-de"], '"Mail" is no corpus\'s name'],
    [["hiddenSize=1,2", "--model", "other"], 'cdk.json has no model "other"'],
  ])("refuses %j before it asks anything of AWS", async (words, message) => {
    project.aws.answer({});
    await expect(runCommand(sweep, ...words)).rejects.toThrow(message);
    expect(project.aws.requests).toEqual([]);
  });

  it("submits nothing while a corpus has no text", async () => {
    project.aws.answer(answers);
    await expect(runCommand(sweep, "--corpora", "mail-en,mail-fr")).rejects.toThrow(
      'there is no text under "corpora/mail-fr/"',
    );
    expect(project.aws.requests.map(({ operation }) => operation)).toEqual(["DescribeStacks"]);
  });
});

describe("sweep rank", () => {
  it("ranks the runs by validation perplexity, and names those without a result", async () => {
    const { name, plans } = await submit("hiddenSize=20,40,60");
    const finish = (index: number, valid: number, test: number) =>
      writeResult(project.store, {
        run: `${name}-${index}`,
        plan: plans[index]!,
        version: `20261124-06150${index}-abcdef`,
        metrics: { valid_perplexity: valid, test_perplexity: test },
        promoted: false,
        reason: "a sweep's runs are promoted by hand",
        usd: 0.1,
      });
    await finish(0, 120, 90);
    await finish(2, 100, 110);
    const { json, text } = await runCommand(sweepRank, name);
    expect(json).toMatchObject({
      sweep: name,
      models: [
        {
          model: "notes",
          runs: [{ settings: { hiddenSize: 60 } }, { settings: { hiddenSize: 20 } }],
        },
      ],
      missing: [`${name}-1`],
    });
    expect(text).toContain(
      `afterword promote --name notes --version 20261124-061502-abcdef --store s3://${DEPLOYED.BucketName}`,
    );
  });

  it("refuses a sweep that is not there, and none", async () => {
    await expect(runCommand(sweepRank, "nothing")).rejects.toThrow("there is no sweep at");
    await expect(runCommand(sweepRank)).rejects.toThrow("give the sweep's name");
  });
});
