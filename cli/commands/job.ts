// cli/commands/job: `afterword job`: what the training image runs; its environment says what (job/contract).

import { readJobEnvironment } from "#job/environment";
import { RetryError } from "#job/retry";
import { runJob } from "#job/run-job";
import { asUsage, StoppedError } from "../command.ts";
import type { Command } from "../command.ts";
import { ProgressLine } from "../progress.ts";
import { abortOnSignals } from "../signals.ts";
import { reportOn } from "../train-progress.ts";

export const job: Command = {
  summary: "Runs one training job as its environment says: what the training image does.",
  options: {},
  examples: ["job"],
  async run() {
    const request = asUsage(() => readJobEnvironment(process.env));
    const line = new ProgressLine();
    const { signal, release } = abortOnSignals("the job was told to stop");
    const reporter = {
      onNotice: (notice: string) => line.print(notice),
      onEvent: (event: object) => process.stdout.write(JSON.stringify(event) + "\n"),
      onTraining: (engineReason: string) => reportOn(line, engineReason),
      onGate: (done: number, total: number) =>
        line.show(done, total, () => "scoring the held-out text"),
    };
    try {
      const finished = await runJob(request, reporter, signal);
      return { json: finished, text: JSON.stringify(finished) };
    } catch (error) {
      // with this exit status Batch tries again, and the run goes on from its checkpoint
      if (signal.aborted || error instanceof RetryError)
        throw new StoppedError((error as Error).message, { cause: error });
      throw error;
    } finally {
      line.clear();
      release();
    }
  },
};
