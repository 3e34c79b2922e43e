// ops/jobs: training jobs in the deployment's queue: submits, lists and describes them. What a job does is job/'s.

import {
  BatchClient,
  DescribeJobsCommand,
  ListJobsCommand,
  SubmitJobCommand,
} from "@aws-sdk/client-batch";
import type { JobDetail, JobSummary } from "@aws-sdk/client-batch";
import { withAwsErrors } from "./aws-errors.ts";
import type { Deployment } from "./deployment.ts";

export interface JobRequest {
  name: string;
  environment: Record<string, string>;
  children?: number; // makes it an array job
}

/** A job as far as its readers need it; times are ISO 8601. */
export interface Job {
  id: string;
  name: string;
  status: JobStatus;
  reason: string | undefined; // why it has this status, in the service's words
  createdAt: string | undefined;
  startedAt: string | undefined;
  stoppedAt: string | undefined;
  children: Record<string, number> | undefined; // of an array job: how many have which status
}

export type JobStatus =
  "SUBMITTED" | "PENDING" | "RUNNABLE" | "STARTING" | "RUNNING" | "SUCCEEDED" | "FAILED";

export interface DescribedJob extends Job {
  attempts: number; // begun so far
  exitCode: number | undefined;
  logStream: string | undefined; // of the latest attempt
  environment: Record<string, string>;
}

const LIST_PAGE = 100; // the most that a filtered page holds

export async function submitJob(
  { jobQueue, jobDefinition }: Pick<Deployment, "jobQueue" | "jobDefinition">,
  { name, environment, children }: JobRequest,
): Promise<{ id: string; name: string }> {
  const { jobId } = await withAwsErrors(
    new BatchClient().send(
      new SubmitJobCommand({
        jobName: name,
        jobQueue,
        jobDefinition,
        containerOverrides: {
          environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
        },
        ...(children !== undefined && { arrayProperties: { size: children } }),
      }),
    ),
  );
  return { id: jobId!, name };
}

/** The jobs created since a moment, newest first; the service forgets them about a week after they end. */
export async function listJobs({ jobQueue }: Deployment, since: Date): Promise<Job[]> {
  const batch = new BatchClient();
  const jobs: Job[] = [];
  let nextToken: string | undefined;
  do {
    const page = await withAwsErrors(
      batch.send(
        new ListJobsCommand({
          jobQueue,
          filters: [{ name: "AFTER_CREATED_AT", values: [String(since.getTime())] }],
          maxResults: LIST_PAGE,
          nextToken,
        }),
      ),
    );
    jobs.push(...(page.jobSummaryList ?? []).map(readJob));
    nextToken = page.nextToken;
  } while (nextToken);
  return jobs;
}

/** One job, or a child of an array job as `ID:INDEX`; throws when the service does not know it. */
export async function describeJob(id: string): Promise<DescribedJob> {
  const { jobs } = await withAwsErrors(
    new BatchClient().send(new DescribeJobsCommand({ jobs: [id] })),
  );
  const [job] = jobs ?? [];
  if (!job) {
    throw new Error(
      `there is no job "${id}", or it ended more than a week ago; list them with "afterword jobs"`,
    );
  }
  return {
    ...readJob(job as JobDetail & JobSummary),
    children: job.arrayProperties?.statusSummary,
    attempts: job.attempts?.length ?? 0,
    exitCode: job.container?.exitCode,
    logStream: job.container?.logStreamName,
    environment: Object.fromEntries(
      (job.container?.environment ?? []).map(({ name, value }) => [name!, value!]),
    ),
  };
}

export function hasEnded({ status }: Job): boolean {
  return isOver(status);
}

export function isOver(status: JobStatus): boolean {
  return status === "SUCCEEDED" || status === "FAILED";
}

function readJob(job: JobSummary): Job {
  const { jobId, jobName, status, statusReason, container } = job;
  return {
    id: jobId!,
    name: jobName!,
    status: status as JobStatus,
    reason: container?.reason ?? statusReason,
    createdAt: toIso(job.createdAt),
    startedAt: toIso(job.startedAt),
    stoppedAt: toIso(job.stoppedAt),
    children: undefined,
  };
}

function toIso(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds).toISOString();
}
