// cli/commands/jobs: `afterword jobs`: the training jobs of the last days and how they stand.

import { listJobs } from "#ops/jobs";
import type { Job } from "#ops/jobs";
import type { Command } from "../command.ts";
import { openDeployment } from "../deployment-option.ts";
import { formatDuration } from "../progress.ts";

const DAY_MS = 24 * 3600 * 1000;

export const jobs: Command = {
  summary: "Lists the training jobs of the last days, newest first.",
  options: { days: { value: "N", help: "how far back; AWS remembers a week", default: "7" } },
  examples: ["jobs", "jobs --days 1 --json"],
  async run(args) {
    const days = args.integer("days", 1, 7)!;
    const listed = await listJobs(await openDeployment(), new Date(Date.now() - days * DAY_MS));
    return {
      json: { jobs: listed.map(toJson) },
      text: listed.map(toText).join("\n") || 'no jobs; submit one with "afterword retrain"',
    };
  },
};

function toJson({ id, name, status, reason, createdAt, startedAt, stoppedAt }: Job): object {
  return {
    job: id,
    name,
    status,
    reason,
    created_at: createdAt,
    started_at: startedAt,
    stopped_at: stoppedAt,
  };
}

function toText(job: Job): string {
  const { id, name, status, reason, createdAt } = job;
  const seconds = ranSeconds(job);
  return [
    status.padEnd(9),
    name.padEnd(28),
    id,
    createdAt?.slice(0, 16).replace("T", " ") ?? "",
    seconds === undefined ? "" : formatDuration(seconds),
    status === "FAILED" ? reason : "",
  ]
    .filter(Boolean)
    .join("  ");
}

function ranSeconds({ startedAt, stoppedAt }: Job): number | undefined {
  if (startedAt === undefined) return undefined;
  const end = stoppedAt === undefined ? Date.now() : Date.parse(stoppedAt);
  return (end - Date.parse(startedAt)) / 1000;
}
