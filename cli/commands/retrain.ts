// cli/commands/retrain: `afterword retrain`: trains a model now, as its schedule would.

import { machinesOf } from "#config/hardware";
import { planOf } from "#config/project";
import type { StackConfig } from "#config/project";
import { planEnvironment } from "#job/contract";
import { weighTraining } from "#job/worth-training";
import { requireCorpus } from "#registry/corpora";
import { instanceCost } from "#job/cost";
import { findDeployment, openConfig } from "#ops/deployment";
import { submitJob } from "#ops/jobs";
import { PRICES_AS_OF } from "#job/prices";
import { newRunName } from "#job/run-name";
import type { Command } from "../command.ts";
import { bucketAddress, chooseModel, MODEL_OPTION } from "../deployment-option.ts";
import { showJob } from "../job-output.ts";
import { formatDuration } from "../progress.ts";
import { abortOnSignals } from "../signals.ts";
import { openStoreAt } from "../store-option.ts";

export const retrain: Command = {
  summary: "Trains a model on AWS now, with what cdk.json says of it.",
  options: {
    model: MODEL_OPTION,
    force: { help: "train also where that cannot help, as on the text of the current version" },
    watch: { help: "stay and show its progress; Ctrl-C ends the watching, not the job" },
  },
  examples: ["retrain --watch", "retrain --model notes --json"],
  async run(args) {
    const config = openConfig();
    const model = chooseModel(args, config);
    const deployment = await findDeployment(config);
    const store = openStoreAt(bucketAddress(deployment));
    await requireCorpus(store, model.corpus);
    const plan = planOf(model);
    const worth = args.has("force") ? null : await weighTraining(store, plan);
    if (worth) process.stderr.write(worth.reason + "\n");
    if (worth && !worth.helps) {
      const { version, reason: skipped } = worth;
      return {
        json: { model: model.name, job: null, version, skipped },
        text: `training cannot help: no job was submitted and ${version} stays current; --force trains all the same`,
      };
    }
    process.stderr.write(describeCost(config) + "\n");
    const run = newRunName(model.name, new Date());
    const environment = {
      ...planEnvironment(plan),
      AFTERWORD_RUN: run,
      ...(args.has("force") && { AFTERWORD_FORCE: "1" }),
    };
    const { id } = await submitJob(deployment, { name: run, environment });
    const submitted = { job: id, run, model: model.name };
    if (!args.has("watch")) {
      return {
        json: submitted,
        text: `submitted job ${id}, run ${run}`,
        next: `npx afterword logs ${id} --follow`,
      };
    }
    const { signal, release } = abortOnSignals(`job ${id} goes on; look with "afterword jobs"`);
    try {
      const { finished } = await showJob(id, deployment.logGroup, signal);
      return { json: { ...submitted, ...finished }, text: describeEnd(finished) };
    } finally {
      release();
    }
  },
};

function describeCost({ training }: StackConfig): string {
  const [instanceType] = machinesOf(training);
  const [spot, onDemand] = (["spot", "on-demand"] as const).map((purchase) => {
    const usd = instanceCost(instanceType, purchase, 1);
    return usd === null ? "an unknown price" : `about $${usd.toFixed(2)}`;
  });
  return `an hour on ${instanceType}: ${spot} on Spot, ${onDemand} on demand (list prices of ${PRICES_AS_OF}); at most ${training.timeLimitHours} h an attempt`;
}

function describeEnd(finished: Awaited<ReturnType<typeof showJob>>["finished"]): string {
  if (!finished) return "the job succeeded and said nothing of its result; read its log";
  const { version, test_perplexity, promoted, seconds, skipped } = finished;
  if (skipped !== undefined) return `${skipped}; ${version} stays current`;
  return (
    `version ${version}: perplexity ${test_perplexity.toFixed(2)}, ` +
    `${promoted ? "now current" : "not promoted"}; ${formatDuration(seconds)}`
  );
}
