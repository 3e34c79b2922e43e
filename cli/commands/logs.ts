// cli/commands/logs: `afterword logs`: what a training job printed.

import type { Deployment } from "#ops/deployment";
import { runNameOfJob } from "#job/run-name";
import { describeJob, isOver, listJobs } from "#ops/jobs";
import { LogReader } from "#ops/logs";
import type { Command } from "../command.ts";
import { openDeployment } from "../deployment-option.ts";
import { showJob } from "../job-output.ts";
import { abortOnSignals } from "../signals.ts";

const JOB_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(:\d+)?$/;
const WEEK_MS = 7 * 24 * 3600 * 1000;

export const logs: Command = {
  summary: "Prints what a training job printed.",
  positionals: {
    name: "JOB",
    help: "a job's id or its run, ID:INDEX for one of a sweep (default: the newest)",
  },
  options: { follow: { help: "stay until the job ends, and show its progress" } },
  examples: ["logs", "logs 0b6d3c1e-… --follow"],
  async run(args) {
    const deployment = await openDeployment();
    const id = await findJob(deployment, args.positionals[0]);
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
        `job ${id} is ${status} and has printed nothing${isOver(status) ? "" : " yet"}`,
    };
  },
};

/** A job by its id, or by its run, as `retrain`, `jobs` and `costs` call it; the newest where none is named. */
async function findJob(deployment: Deployment, name: string | undefined): Promise<string> {
  if (name !== undefined && JOB_ID.test(name)) return name;
  const listed = await listJobs(deployment, new Date(Date.now() - WEEK_MS));
  if (name !== undefined) {
    // a submitted job has its run's name; a scheduled job's run begins with its id
    const found = listed.find((job) => job.name === name || endsWithJob(name, job.id));
    return found?.id ?? name;
  }
  const [newest] = listed;
  if (!newest) throw new Error('no job ran in the last week; submit one with "afterword retrain"');
  return newest.id;
}

/** Whether a run is of a scheduled job: `MODEL-` and the job's first characters (job/run-name). */
function endsWithJob(run: string, id: string): boolean {
  return run.endsWith(runNameOfJob("", id));
}
