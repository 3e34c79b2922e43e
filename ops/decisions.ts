// ops/decisions: what the function behind the schedules decided lately, from its log. What it decides by is job/worth-training's.

import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { z } from "zod";
import { withAwsErrors } from "./aws-errors.ts";
import type { Deployment } from "./deployment.ts";

const DAYS = 35; // a month's schedule is seen too
const DAY_MS = 24 * 3600 * 1000;

const scheduledDecision = z.object({
  event: z.literal("scheduled"),
  model: z.string(),
  job: z.string().nullable(), // that was submitted; null where training could not help
  reason: z.string(),
});

/** A line of JSON that the function prints. */
export type ScheduledDecision = z.infer<typeof scheduledDecision>;

/** What was decided when a model's time had come. */
export interface Decision {
  at: string; // ISO 8601
  job: string | null;
  reason: string;
}

/** The last decision about each model, by its name; none of more than five weeks ago. */
export async function readDecisions({ scheduleLog }: Deployment): Promise<Map<string, Decision>> {
  const decisions = new Map<string, Decision>();
  if (scheduleLog === undefined) return decisions;
  const client = new CloudWatchLogsClient();
  let nextToken: string | undefined;
  do {
    const page = await withAwsErrors(
      client.send(
        new FilterLogEventsCommand({
          logGroupName: scheduleLog,
          filterPattern: '{ $.event = "scheduled" }',
          startTime: Date.now() - DAYS * DAY_MS,
          nextToken,
        }),
      ),
    );
    for (const { timestamp, message } of page.events ?? []) {
      const { model, job, reason } = scheduledDecision.parse(JSON.parse(message!));
      const at = new Date(timestamp!).toISOString();
      if (at >= (decisions.get(model)?.at ?? "")) decisions.set(model, { at, job, reason });
    }
    nextToken = page.nextToken;
  } while (nextToken);
  return decisions;
}
