// ops/logs: what a job printed, and following a job to its end.

import { CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { withAwsErrors } from "./aws-errors.ts";
import { describeJob, hasEnded } from "./jobs.ts";
import type { DescribedJob } from "./jobs.ts";

export interface LogLine {
  at: string; // ISO 8601
  text: string;
}

/** Reads a log from its beginning, or from where the last call ended. */
export class LogReader {
  readonly #client = new CloudWatchLogsClient();
  readonly #group: string;
  readonly #stream: string;
  #token: string | undefined;

  constructor(group: string, stream: string) {
    this.#group = group;
    this.#stream = stream;
  }

  /** The lines that came since; none while the stream does not exist yet. */
  async readNew(): Promise<LogLine[]> {
    const lines: LogLine[] = [];
    for (;;) {
      const page = await this.#page();
      if (!page) return lines;
      for (const { timestamp, message } of page.events ?? []) {
        lines.push({ at: new Date(timestamp!).toISOString(), text: message! });
      }
      // the service answers the same token where there is no more
      const isLast = page.nextForwardToken === this.#token || page.nextForwardToken === undefined;
      this.#token = page.nextForwardToken;
      if (isLast) return lines;
    }
  }

  async #page() {
    try {
      return await withAwsErrors(
        this.#client.send(
          new GetLogEventsCommand({
            logGroupName: this.#group,
            logStreamName: this.#stream,
            startFromHead: true,
            nextToken: this.#token,
          }),
        ),
      );
    } catch (error) {
      // a job that starts has the name of its stream before it has the stream
      if ((error as Error).name === "ResourceNotFoundException") return null;
      throw error;
    }
  }
}

export type Happening = { job: DescribedJob } | { line: LogLine };

export interface FollowOptions {
  logGroup: string;
  intervalMs: number;
  signal: AbortSignal;
}

/** A job's changes of status and its lines as they come, over all its attempts, until it has ended. */
export async function* followJob(
  id: string,
  { logGroup, intervalMs, signal }: FollowOptions,
): AsyncGenerator<Happening> {
  let seen: DescribedJob | undefined;
  let reader: LogReader | undefined;
  for (;;) {
    const job = await describeJob(id);
    if (job.status !== seen?.status || job.attempts !== seen.attempts) yield { job };
    if (job.logStream !== undefined && job.logStream !== seen?.logStream) {
      reader = new LogReader(logGroup, job.logStream);
    }
    for (const line of (await reader?.readNew()) ?? []) yield { line };
    if (hasEnded(job)) return;
    seen = job;
    await pause(intervalMs, signal);
    signal.throwIfAborted();
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}
