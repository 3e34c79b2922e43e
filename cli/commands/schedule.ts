// cli/commands/schedule: `afterword schedule list|set|pause|resume`: when models are retrained.

import { isScheduleExpression, isTimeZone } from "#config/schedule-expression";
import { readDecisions } from "#ops/decisions";
import type { Decision } from "#ops/decisions";
import { findDeployment, openConfig } from "#ops/deployment";
import { changeSchedule, listSchedules } from "#ops/schedules";
import type { Schedule, ScheduleChange } from "#ops/schedules";
import { UsageError } from "../command.ts";
import type { CommandResult, Arguments, Command } from "../command.ts";
import { chooseModel, MODEL_OPTION, openDeployment } from "../deployment-option.ts";

const EXPRESSION_EXAMPLE = "cron(0 3 ? * SUN *)"; // Sundays at three

export const scheduleList: Command = {
  summary: "Shows when each model is retrained, and what was decided the last time.",
  options: {},
  examples: ["schedule list", "schedule list --json"],
  async run() {
    const deployment = await openDeployment();
    const schedules = await listSchedules(deployment);
    const decisions = await readDecisions(deployment);
    const last = ({ model }: Schedule) => decisions.get(model) ?? null;
    return {
      json: {
        schedules: schedules.map((schedule) => ({ ...toJson(schedule), last: last(schedule) })),
      },
      text:
        schedules.map((schedule) => toText(schedule) + lastText(last(schedule))).join("\n") ||
        'no model has a schedule; give one a "schedule" in cdk.json, then run "afterword deploy"',
    };
  },
};

export const scheduleSet: Command = {
  summary: "Sets when a model is retrained, and turns its schedule on.",
  positionals: { name: "WHEN", help: `e.g. "${EXPRESSION_EXAMPLE}" or "rate(7 days)"` },
  options: {
    model: MODEL_OPTION,
    "time-zone": { value: "ZONE", help: "e.g. Europe/Vienna (default: as it is)" },
  },
  examples: [`schedule set "${EXPRESSION_EXAMPLE}" --model notes --time-zone Europe/Vienna`],
  run(args) {
    const [expression = ""] = args.positionals;
    if (!isScheduleExpression(expression)) {
      throw new UsageError(
        `"${expression}" is no schedule; write e.g. "${EXPRESSION_EXAMPLE}" for Sundays at three, or "rate(7 days)"`,
      );
    }
    const timeZone = args.text("time-zone");
    if (timeZone !== undefined && !isTimeZone(timeZone)) {
      throw new UsageError(`--time-zone "${timeZone}" is not known; write e.g. Europe/Vienna`);
    }
    return change(args, { expression, isOn: true, ...(timeZone !== undefined && { timeZone }) });
  },
};

export const schedulePause: Command = {
  summary: "Turns a model's schedule off.",
  options: { model: MODEL_OPTION },
  examples: ["schedule pause --model notes"],
  run: (args) => change(args, { isOn: false }),
};

export const scheduleResume: Command = {
  summary: "Turns a model's schedule on again.",
  options: { model: MODEL_OPTION },
  examples: ["schedule resume --model notes"],
  run: (args) => change(args, { isOn: true }),
};

async function change(args: Arguments, next: ScheduleChange): Promise<CommandResult> {
  const config = openConfig();
  const { name } = chooseModel(args, config);
  const schedule = await changeSchedule(await findDeployment(config), name, next);
  return {
    json: toJson(schedule),
    text: `${toText(schedule)}\nwrite it in cdk.json too: a deployment that changes the schedule puts back what stands there`,
  };
}

function toJson({ model, expression, timeZone, isOn }: Schedule): object {
  return { model, expression, time_zone: timeZone, on: isOn };
}

function toText({ model, expression, timeZone, isOn }: Schedule): string {
  return `${model.padEnd(16)}  ${isOn ? "on    " : "paused"}  ${expression}  ${timeZone}`;
}

function lastText(last: Decision | null): string {
  if (!last) return "";
  const outcome = last.job === null ? "no job was submitted" : `submitted job ${last.job}`;
  return `\n  ${last.at.slice(0, 16).replace("T", " ")}  ${outcome}: ${last.reason}`;
}
