// cli/commands/logs: `afterword logs`: what a training job printed.

import type { Deployment } from "#ops/deployment";
import { describeJob, listJobs } from "#ops/jobs";
import { LogReader } from "#ops/logs";
import type { Command } from "../command.ts";
import { openDeployment } from "../deployment-option.ts";
import { showJob } from "../job-output.ts";
import { abortOnSignals } from "../signals.ts";

const WEEK_MS = 7 * 24 * 3600 * 1000;

export const logs: Command = {
  summary: "Prints what a training job printed.",
  positionals: {
    name: "JOB",
    help: "a job's id, ID:INDEX for one of a sweep (default: the newest)",
  },
  options: { follow: { help: "stay until the job ends, and show its progress" } },
  examples: ["logs", "logs 0b6d3c1e-… --follow"],
  async run(args) {
    const deployment = await openDeployment();
    const id = args.positionals[0] ?? (await newestJob(deployment));
    if (args.has("follow")) {
      const { signal, release } = abortOnSignals(`job ${id} goes on; look with "afterword jobs"`);
      try {
        const { job, finished } = await showJob(id, deployment.logGroup, signal);
        return { json: { job: id, status: job.status, ...finished }, text: "the job has ended" };
      } finally {
        release();
      }
    }
    const { logStream, status } = await describeJob(id);
    const lines =
      logStream === undefined ? [] : await new LogReader(deployment.logGroup, logStream).readNew();
    return {
      json: { job: id, status, lines },
      text:
        lines.map(({ at, text }) => `${at.slice(11, 19)}  ${text}`).join("\n") ||
        `job ${id} is ${status} and has printed nothing yet`,
    };
  },
};

async function newestJob(deployment: Deployment): Promise<string> {
  const [newest] = await listJobs(deployment, new Date(Date.now() - WEEK_MS));
  if (!newest) throw new Error('no job ran in the last week; submit one with "afterword retrain"');
  return newest.id;
}
