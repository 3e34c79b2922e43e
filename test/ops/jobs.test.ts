import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { followJob } from "#ops/logs";
import type { Happening } from "#ops/logs";
import { jobs } from "../../cli/commands/jobs.ts";
import { readEvent, readProgress } from "../../cli/job-output.ts";
import { logs } from "../../cli/commands/logs.ts";
import { retrain } from "../../cli/commands/retrain.ts";
import { runCommand } from "../cli/run-command.ts";
import { START_LIMIT_MS } from "../local-bucket.ts";
import { configuredModel, DEPLOYED, describedStack, Refusal } from "../fakes/aws-server.ts";
import { startProject } from "../fakes/cloud-project.ts";
import type { CloudProject } from "../fakes/cloud-project.ts";

const ID = "0b6d3c1e-1111-2222-3333-444455556666";
const STREAM = "training/default/abc";
const EVENT = {
  event: "finished",
  model: "notes",
  run: "notes-1",
  version: "20261124-061500-abcdef",
  test_perplexity: 93.4,
  promoted: true,
  seconds: 75,
};

let project: CloudProject;
beforeAll(async () => {
  project = await startProject([configuredModel("notes"), configuredModel("mail")]);
  await project.store.put("corpora/notes/letters.txt", "Dear all,\n");
}, START_LIMIT_MS);
afterAll(() => project.leave());

const described = (status: string, more: object = {}) => ({
  jobs: [{ jobId: ID, jobName: "notes-1", status, createdAt: 1_000, ...more }],
});
const running = described("RUNNING", { container: { logStreamName: STREAM } });
const succeeded = described("SUCCEEDED", { container: { logStreamName: STREAM, exitCode: 0 } });
const page = (token: string, ...messages: string[]) => ({
  events: messages.map((message) => ({ timestamp: 2_000, message })),
  nextForwardToken: token,
});

/** Gives one answer after the other, the last of them again and again. */
function inTurn(...answers: object[]): () => object {
  let turn = 0;
  return () => answers[Math.min(turn++, answers.length - 1)]!;
}

function inputsOf(operation: string): unknown[] {
  return project.aws.requests
    .filter((request) => request.operation === operation)
    .map(({ input }) => input);
}

describe("retrain", () => {
  beforeEach(() =>
    project.aws.answer({ DescribeStacks: describedStack(), "POST /v1/submitjob": { jobId: ID } }),
  );

  it("submits one job with the model's plan from cdk.json", async () => {
    const { json } = await runCommand(retrain, "--model", "notes");
    const { run } = json as { run: string };
    expect(run).toMatch(/^notes-\d{8}-\d{6}-[0-9a-f]{4}$/);
    expect(json).toEqual({ job: ID, run, model: "notes" });
    expect(inputsOf("POST /v1/submitjob")).toEqual([
      {
        jobName: run,
        jobQueue: DEPLOYED.JobQueueArn,
        jobDefinition: DEPLOYED.JobDefinitionArn,
        containerOverrides: {
          environment: [
            { name: "AFTERWORD_MODEL", value: "notes" },
            { name: "AFTERWORD_CORPUS", value: "notes" },
            { name: "AFTERWORD_TOKENIZER", value: "text" },
            { name: "AFTERWORD_PRESET", value: "small" },
            { name: "AFTERWORD_SETTINGS", value: '{"epochs":2}' },
            { name: "AFTERWORD_GATE_TOLERANCE_PERCENT", value: "1" },
            { name: "AFTERWORD_RUN", value: run },
          ],
        },
      },
    ]);
  });

  it("submits nothing while there is no text to train on", async () => {
    await expect(runCommand(retrain, "--model", "mail")).rejects.toThrow(
      'there is no text under "corpora/mail/"',
    );
    expect(inputsOf("POST /v1/submitjob")).toEqual([]);
  });

  it("with --watch ends with the job's result", async () => {
    project.aws.answer({
      DescribeStacks: describedStack(),
      "POST /v1/submitjob": { jobId: ID },
      "POST /v1/describejobs": succeeded,
      GetLogEvents: inTurn(page("1", " 50%  epoch 1/2", JSON.stringify(EVENT)), page("1")),
    });
    const { json, text } = await runCommand(retrain, "--model", "notes", "--watch");
    expect(json).toMatchObject({ job: ID, version: EVENT.version, promoted: true });
    expect(text).toBe(`version ${EVENT.version}: perplexity 93.40, now current; 1:15`);
    expect(inputsOf("POST /v1/describejobs")).toEqual([{ jobs: [ID] }]);
  });

  it("with --watch fails as the job does, with its reason", async () => {
    project.aws.answer({
      DescribeStacks: describedStack(),
      "POST /v1/submitjob": { jobId: ID },
      "POST /v1/describejobs": described("FAILED", { statusReason: "Host EC2 terminated" }),
    });
    await expect(runCommand(retrain, "--model", "notes", "--watch")).rejects.toThrow(
      `job ${ID} failed: Host EC2 terminated`,
    );
  });
});

describe("jobs", () => {
  it("lists every page of the queue's last days", async () => {
    const summary = (jobId: string) => ({ jobId, jobName: "n", status: "RUNNING", createdAt: 1 });
    project.aws.answer({
      DescribeStacks: describedStack(),
      "POST /v1/listjobs": inTurn(
        { jobSummaryList: [summary("a")], nextToken: "more" },
        { jobSummaryList: [summary("b")] },
      ),
    });
    const before = Date.now();
    const { json } = await runCommand(jobs, "--days", "2");
    expect(json).toMatchObject({
      jobs: [{ job: "a", status: "RUNNING", created_at: "1970-01-01T00:00:00.001Z" }, { job: "b" }],
    });
    const [first, second] = inputsOf("POST /v1/listjobs") as Record<string, unknown>[];
    const { filters } = first as { filters: [{ name: string; values: [string] }] };
    expect(first).toEqual({ jobQueue: DEPLOYED.JobQueueArn, maxResults: 100, filters });
    expect(second).toEqual({ ...first, nextToken: "more" });
    expect(filters[0].name).toBe("AFTER_CREATED_AT");
    const since = Number(filters[0].values[0]);
    expect(since).toBeGreaterThanOrEqual(before - 2 * 24 * 3600 * 1000);
    expect(since).toBeLessThanOrEqual(Date.now() - 2 * 24 * 3600 * 1000);
  });

  it("refuses more days than the service remembers", async () => {
    await expect(runCommand(jobs, "--days", "8")).rejects.toThrow("from 1 to 7");
  });
});

describe("logs", () => {
  it("prints a job's lines, page after page", async () => {
    project.aws.answer({
      DescribeStacks: describedStack(),
      "POST /v1/describejobs": succeeded,
      GetLogEvents: inTurn(page("1", "one"), page("2", "two"), page("2")),
    });
    const { text } = await runCommand(logs, ID);
    expect(text).toBe("00:00:02  one\n00:00:02  two");
    const stream = { logGroupName: "training-log", logStreamName: STREAM, startFromHead: true };
    expect(inputsOf("GetLogEvents")).toEqual([
      stream,
      { ...stream, nextToken: "1" },
      { ...stream, nextToken: "2" },
    ]);
  });

  it("takes the newest job where none is named", async () => {
    project.aws.answer({
      DescribeStacks: describedStack(),
      "POST /v1/listjobs": { jobSummaryList: [{ jobId: ID, jobName: "n", status: "RUNNABLE" }] },
      "POST /v1/describejobs": described("RUNNABLE"),
    });
    expect((await runCommand(logs)).text).toBe(`job ${ID} is RUNNABLE and has printed nothing yet`);
  });

  it("says so where there is no such job", async () => {
    project.aws.answer({
      "POST /v1/listjobs": { jobSummaryList: [] },
      DescribeStacks: describedStack(),
      "POST /v1/describejobs": { jobs: [] },
    });
    await expect(runCommand(logs, "x")).rejects.toThrow('there is no job "x"');
  });
});

describe("following a job", () => {
  const options = { logGroup: "training-log", intervalMs: 1, signal: new AbortController().signal };
  const summary = (happening: Happening) =>
    "job" in happening ? happening.job.status : happening.line.text;

  it("tells each change of status once, and each line once, over a retry too", async () => {
    const retry = {
      container: { logStreamName: "second" },
      attempts: [{ statusReason: "Host EC2 (instance i-1) terminated." }],
    };
    project.aws.answer({
      "POST /v1/describejobs": inTurn(
        described("RUNNABLE"),
        described("RUNNABLE"),
        running,
        running,
        described("RUNNING", retry),
        described("SUCCEEDED", retry),
      ),
      GetLogEvents: inTurn(
        new Refusal(400, "ResourceNotFoundException", "no stream yet"),
        page("1", "one"),
        page("1"),
        page("9", "resumed"),
        page("9"),
      ),
    });
    const seen: string[] = [];
    for await (const happening of followJob(ID, options)) seen.push(summary(happening));
    expect(seen).toEqual(["RUNNABLE", "RUNNING", "one", "RUNNING", "resumed", "SUCCEEDED"]);
    const streams = inputsOf("GetLogEvents").map(
      (input) => (input as { logStreamName: string }).logStreamName,
    );
    expect(new Set(streams)).toEqual(new Set([STREAM, "second"]));
  });

  it("ends when it is told to, and leaves the job alone", async () => {
    const controller = new AbortController();
    project.aws.answer({ "POST /v1/describejobs": described("RUNNABLE") });
    const follow = async () => {
      for await (const _ of followJob(ID, { ...options, signal: controller.signal })) {
        controller.abort(new Error("stopped watching"));
      }
    };
    await expect(follow()).rejects.toThrow("stopped watching");
    expect(new Set(project.aws.requests.map(({ operation }) => operation))).toEqual(
      new Set(["POST /v1/describejobs"]),
    );
  });
});

describe("a line of a job", () => {
  it("is progress, an event, or neither", () => {
    expect(readProgress(" 12%  epoch 1/13  loss 5.123")).toEqual({
      percent: 12,
      words: "epoch 1/13  loss 5.123",
    });
    expect(readProgress("epoch 1: 12% better")).toBeNull();
    expect(readEvent(JSON.stringify(EVENT))).toEqual(EVENT);
    expect(readEvent('{"event":"fin')).toBeNull();
  });
});
