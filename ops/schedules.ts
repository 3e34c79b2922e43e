// ops/schedules: when each model is retrained: a schedule bears its model's name. What it submits is infra/'s.

import {
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import { withAwsErrors } from "./aws-errors.ts";
import type { Deployment } from "./deployment.ts";

export interface Schedule {
  model: string;
  expression: string; // e.g. `cron(0 3 ? * SUN *)`
  timeZone: string;
  isOn: boolean;
}

export type ScheduleChange = Partial<Omit<Schedule, "model">>;

/** The schedules of all models, in order of their names. */
export async function listSchedules({ scheduleGroup }: Deployment): Promise<Schedule[]> {
  const scheduler = new SchedulerClient();
  const names: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await withAwsErrors(
      scheduler.send(new ListSchedulesCommand({ GroupName: scheduleGroup, NextToken })),
    );
    names.push(...(page.Schedules ?? []).map(({ Name }) => Name!));
    NextToken = page.NextToken;
  } while (NextToken);
  return Promise.all(
    names.sort().map(async (name) => readSchedule(await getSchedule(scheduleGroup, name))),
  );
}

/** Changes when a model is retrained, or whether; what the change leaves out stays. */
export async function changeSchedule(
  { scheduleGroup }: Deployment,
  model: string,
  change: ScheduleChange,
): Promise<Schedule> {
  const found = await getSchedule(scheduleGroup, model);
  const next = { ...readSchedule(found), ...change };
  // an update replaces the schedule whole: what it left out would fall back to the service's defaults
  await withAwsErrors(
    new SchedulerClient().send(
      new UpdateScheduleCommand({
        Name: found.Name,
        GroupName: found.GroupName,
        Description: found.Description,
        StartDate: found.StartDate,
        EndDate: found.EndDate,
        KmsKeyArn: found.KmsKeyArn,
        ActionAfterCompletion: found.ActionAfterCompletion,
        FlexibleTimeWindow: found.FlexibleTimeWindow,
        Target: found.Target,
        ScheduleExpression: next.expression,
        ScheduleExpressionTimezone: next.timeZone,
        State: next.isOn ? "ENABLED" : "DISABLED",
      }),
    ),
  );
  return next;
}

async function getSchedule(group: string, name: string) {
  try {
    return await withAwsErrors(
      new SchedulerClient().send(new GetScheduleCommand({ GroupName: group, Name: name })),
    );
  } catch (error) {
    if ((error as Error).name !== "ResourceNotFoundException") throw error;
    throw new Error(
      `model "${name}" has no schedule; give it one in cdk.json, then run "afterword deploy"`,
      { cause: error },
    );
  }
}

function readSchedule(found: Awaited<ReturnType<typeof getSchedule>>): Schedule {
  return {
    model: found.Name!,
    expression: found.ScheduleExpression!,
    timeZone: found.ScheduleExpressionTimezone ?? "UTC",
    isOn: found.State === "ENABLED",
  };
}
