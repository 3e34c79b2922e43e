// cli/commands/sweep: `afterword sweep`: many runs as one job; `afterword sweep rank` tells which was best.

import { planOf } from "#config/project";
import type { TrainingPlan } from "#config/training-plan";
import { MODEL_NAME } from "#model/layout";
import { requireCorpus } from "#registry/corpora";
import { findDeployment, openConfig } from "#ops/deployment";
import { newRunName } from "#job/run-name";
import type { RunResult } from "#job/run-result";
import { gridOf, planSweep, rankSweep, submitSweep } from "#ops/sweep";
import type { Ranking } from "#ops/sweep";
import { UsageError } from "../command.ts";
import type { Arguments, Command } from "../command.ts";
import { bucketAddress, chooseModel, MODEL_OPTION, openDeployment } from "../deployment-option.ts";
import { openStoreAt } from "../store-option.ts";

export const sweep: Command = {
  summary: "Trains many models as one job: a grid of settings, or one for each of several corpora.",
  positionals: {
    name: "SETTING=VALUES",
    help: "values to try, e.g. hiddenSize=200,400; all combinations are trained",
    many: true,
  },
  options: {
    model: MODEL_OPTION,
    corpora: { value: "NAMES", help: "a model for each, e.g. mail-en,mail-de" },
  },
  examples: [
    "sweep hiddenSize=200,400 keepProb=0.5,0.7 --model notes",
    "sweep --corpora mail-en,mail-de --model notes",
  ],
  async run(args) {
    const config = openConfig();
    const model = chooseModel(args, config);
    const plans = readPlans(args, planOf(model));
    const deployment = await findDeployment(config);
    const store = openStoreAt(bucketAddress(deployment));
    for (const corpus of new Set(plans.map(({ corpus }) => corpus))) {
      await requireCorpus(store, corpus);
    }
    const name = newRunName(`${model.name}-sweep`, new Date());
    const { id } = await submitSweep(store, deployment, { sweep: name, plans });
    return {
      json: { job: id, sweep: name, runs: plans.length },
      text: `submitted job ${id} of ${plans.length} runs`,
      next: `when it has ended: npx afterword sweep rank ${name}`,
    };
  },
};

export const sweepRank: Command = {
  summary: "Ranks the runs of a sweep.",
  positionals: { name: "SWEEP", help: "the sweep's name" },
  options: {},
  examples: ["sweep rank notes-sweep-20261124-061500"],
  async run(args) {
    const [name] = args.positionals;
    if (name === undefined) throw new UsageError("give the sweep's name, as `sweep` printed it");
    const deployment = await openDeployment();
    const address = bucketAddress(deployment);
    const { rankings, missing } = await rankSweep(openStoreAt(address), name);
    // both stores, where there are two: the edge would go on with what it has
    const where = deployment.edgeStore === undefined ? `--store ${address}` : "--edge";
    return {
      json: {
        sweep: name,
        models: rankings.map(({ model, results }) => ({ model, runs: results.map(toJson) })),
        missing,
      },
      text: [
        ...rankings.flatMap((ranking) => formatRanking(ranking, where)),
        ...(missing.length > 0 ? [`no result yet: ${missing.join(", ")}`] : []),
      ].join("\n"),
    };
  },
};

function readPlans(args: Arguments, plan: TrainingPlan): TrainingPlan[] {
  const corpora = args.text("corpora")?.split(",") ?? [];
  const wrong = corpora.find((name) => !MODEL_NAME.test(name));
  if (wrong !== undefined) {
    throw new UsageError(`"${wrong}" is no corpus's name; write e.g. --corpora mail-en,mail-de`);
  }
  try {
    return planSweep(plan, { grid: gridOf(args.positionals), corpora });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function toJson({ run, plan, version, metrics, usd }: RunResult): object {
  return { run, settings: plan.settings, version, metrics, usd };
}

function formatRanking({ model, results }: Ranking, where: string): string[] {
  const [best] = results as [RunResult];
  return [
    `${model}:`,
    ...results.map(
      ({ version, plan, metrics }, index) =>
        `${String(index + 1).padStart(4)}  ${version}  valid ${metrics.valid_perplexity?.toFixed(2)}, ` +
        `test ${metrics.test_perplexity?.toFixed(2)}  ${JSON.stringify(plan.settings)}`,
    ),
    `      afterword promote --name ${model} --version ${best.version} ${where}`,
  ];
}
