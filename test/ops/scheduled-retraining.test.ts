// The function that schedules call, on a local bucket, with a server in Batch's place: it submits a job where training can
// help, and where it cannot tell. At last as it is deployed: its bundle, in a process of its own.

import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { planEnvironment } from "#job/contract";
import { handler } from "#ops/scheduled-retraining";
import { bundleRetraining } from "../../infra/retraining-function.ts";
import { Refusal, startAws } from "../fakes/aws-server.ts";
import type { Answer, AwsStandIn } from "../fakes/aws-server.ts";
import { listen } from "../fakes/listen.ts";
import { pushTinyCorpus, runTinyJob, TINY_PLAN } from "../job/tiny-job.ts";
import { START_LIMIT_MS, startLocalBucket } from "../local-bucket.ts";
import type { LocalBucket } from "../local-bucket.ts";

const SUBMIT = "POST /v1/submitjob";
const QUARTER_HOUR = { getRemainingTimeInMillis: () => 900_000 };
const environment = planEnvironment(TINY_PLAN);

let aws: AwsStandIn;
let bucket: LocalBucket;
beforeAll(async () => {
  aws = await startAws();
  bucket = await startLocalBucket();
  vi.stubEnv("AFTERWORD_STORE", bucket.address);
  vi.stubEnv("AFTERWORD_JOB_QUEUE", "arn:queue");
  vi.stubEnv("AFTERWORD_JOB_DEFINITION", "arn:definition:7");
}, START_LIMIT_MS);
afterAll(async () => {
  vi.unstubAllEnvs();
  await bucket.close();
  await aws.close();
});

/** Calls the function; answers what it logged. */
async function call(context = QUARTER_HOUR, answer: Answer = { jobId: "job-1" }) {
  aws.answer({ [SUBMIT]: answer });
  const written = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    await handler(environment, context);
    return JSON.parse(String(written.mock.lastCall![0])) as { job: string | null; reason: string };
  } finally {
    written.mockRestore();
  }
}

/** The same of the function as it is deployed, in a process of its own. */
async function callBundle(environment: Record<string, string>): Promise<{ job: string | null; reason: string }> {
  aws.answer({ [SUBMIT]: { jobId: "job-1" } });
  const folder = await mkdtemp(join(tmpdir(), "function-"));
  try {
    bundleRetraining(folder);
    await symlink(resolve("node_modules"), join(folder, "node_modules")); // Lambda has the SDK
    const script =
      `const { handler } = await import(${JSON.stringify(join(folder, "ops/bundle/index.mjs"))});` +
      `await handler(${JSON.stringify(environment)}, { getRemainingTimeInMillis: () => 900_000 });`;
    const words = ["--input-type=module", "--eval", script];
    const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: folder });
    return JSON.parse(stdout) as { job: string | null; reason: string };
  } finally {
    await rm(folder, { recursive: true });
  }
} // prettier-ignore

describe("the function behind a schedule", () => {
  it("submits the plan of a model that was never trained", async () => {
    await pushTinyCorpus(bucket);
    const logged = await call();
    expect(logged).toEqual({
      event: "scheduled",
      model: "notes",
      job: "job-1",
      reason: "there is no current version that was trained with these settings",
    });
    expect(aws.requests).toMatchObject([
      {
        operation: SUBMIT,
        input: {
          jobName: "notes-scheduled",
          jobQueue: "arn:queue",
          jobDefinition: "arn:definition:7",
          containerOverrides: {
            environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
          },
        },
      },
    ]);
  });

  it("submits nothing on the text of the current version, and says why", async () => {
    const { version } = await runTinyJob(bucket, "first");
    expect(await call()).toMatchObject({
      job: null,
      reason: `the text is the one that version ${version} was trained on, and so are the settings`,
    });
    expect(aws.requests).toEqual([]);
  }, 120_000);

  it("does the same as it is deployed: a bundle with all that it reads beside it", async () => {
    expect(await callBundle(environment)).toMatchObject({
      job: null,
      reason: expect.stringContaining("the text is the one that version"),
    });
    const fromBase = planEnvironment({ ...TINY_PLAN, from: "base", preset: "auto", settings: {} });
    expect((await callBundle(fromBase)).reason).toBe(
      "there is no current version that was trained with these settings",
    );
  }, 60_000);

  it("submits where much of the text is new, with the figures", async () => {
    await bucket.store.put("corpora/notes/new.txt", "Zeppelins cross the ocean by night. ".repeat(40)); // prettier-ignore
    expect(await call()).toMatchObject({
      job: "job-1",
      reason: expect.stringMatching(/^\d+\.\d % of the text changed since version /),
    });
    expect(aws.requests).toHaveLength(1);
  });
});

describe("where it cannot be decided, the function submits and says so", () => {
  const UNDECIDED = /^it could not be decided whether training can help: /;

  it("as with a store that it cannot read", async () => {
    vi.stubEnv("AFTERWORD_STORE", bucket.address.replace(/[^/]*$/, "no-such-bucket"));
    expect(await call()).toMatchObject({ job: "job-1", reason: expect.stringMatching(UNDECIDED) });
    vi.stubEnv("AFTERWORD_STORE", bucket.address);
  });

  it("as with a store that answers nothing until the function's time is up", async () => {
    const silent = await listen(() => {});
    vi.stubEnv("AFTERWORD_STORE", `${silent.origin}/models`);
    const logged = await call({ getRemainingTimeInMillis: () => 300_001 });
    expect(logged.reason).toMatch(UNDECIDED);
    expect(logged.reason).toContain("takes too long");
    expect(logged.job).toBe("job-1");
    vi.stubEnv("AFTERWORD_STORE", bucket.address);
    await silent.close();
  });

  it("as with a text that its memory has no room for", async () => {
    const list =
      "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>corpora/notes/all.txt</Key>" +
      "<ETag>&quot;1&quot;</ETag><Size>600000000</Size></Contents></ListBucketResult>";
    const large = await listen((_, response) => response.end(list));
    vi.stubEnv("AFTERWORD_STORE", `${large.origin}/models`);
    const { job, reason } = await call();
    expect(job).toBe("job-1");
    expect(reason).toContain('"corpora/notes/all.txt" has 600000000 bytes');
    vi.stubEnv("AFTERWORD_STORE", bucket.address);
    await large.close();
  });
});

it("fails where Batch takes no job, so that it is called again", async () => {
  const refusal = new Refusal(400, "ClientException", "JobQueue is disabled");
  await expect(call(QUARTER_HOUR, refusal)).rejects.toThrow("JobQueue is disabled");
});
