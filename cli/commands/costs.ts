// cli/commands/costs: `afterword costs`: what a month will cost, and what the runs so far have cost.

import { machinesOf } from "#config/hardware";
import { sumOf } from "#job/cost";
import type { Purchase } from "#job/cost";
import { compareMachines, estimateMonth } from "#ops/costs";
import type { CostLine, Usage } from "#ops/costs";
import { findDeployment, openConfig } from "#ops/deployment";
import { INSTANCE_HOUR, PRICES_AS_OF } from "#job/prices";
import { listRunCosts } from "#job/cost-record";
import type { RunCost } from "#job/cost-record";
import { UsageError } from "../command.ts";
import type { Arguments, Command } from "../command.ts";
import { bucketAddress } from "../deployment-option.ts";
import { formatDuration } from "../progress.ts";
import { openStoreAt } from "../store-option.ts";

const RECEIPTS_SHOWN = 10;

export const costs: Command = {
  summary: "Estimates a month's costs; with --runs, tells what the runs have cost.",
  options: {
    hours: { value: "N", help: "hours that a run takes", default: "1" },
    "runs-per-week": { value: "N", help: "retrainings a week, of all models", default: "1" },
    predictions: {
      value: "N",
      help: "predictions a month, one a keystroke over a session's socket",
      default: "10000000",
    },
    stored: { value: "N", help: "gigabytes of corpora, runs and models", default: "2" },
    instance: { value: "TYPE", help: "the instance (default: cdk.json's first)" },
    "on-demand": { help: "reckon without Spot" },
    runs: { help: "show what the runs in the deployed bucket have cost" },
  },
  examples: ["costs", "costs --runs-per-week 7 --hours 2 --json", "costs --runs"],
  async run(args) {
    const config = openConfig();
    const usage = readUsage(args, machinesOf(config.training)[0], Boolean(config.cloudflare));
    const month = estimateMonth(usage);
    const comparison = await compareMachines(config);
    const runCosts = args.has("runs")
      ? await listRunCosts(openStoreAt(bucketAddress(await findDeployment(config))))
      : [];
    const sections = Object.entries(month);
    const totals = sections.map(([name, lines]) => [name, totalOf(lines)] as const);
    return {
      json: {
        prices_as_of: PRICES_AS_OF,
        usd_per_month: {
          ...Object.fromEntries(totals),
          total: sumOf(totals.map(([, usd]) => usd)),
        },
        lines: month,
        machines: comparison.machines,
        models: comparison.models,
        ...(args.has("runs") && { runs: runCosts }),
      },
      text: [
        ...sections.flatMap(([name, lines]) => [
          `${name.padEnd(44)} $${totalOf(lines).toFixed(2)} a month`,
          ...lines.map(({ item, usd }) => `  ${item.padEnd(42)} $${usd.toFixed(2)}`),
        ]),
        `list prices of ${PRICES_AS_OF}, us-east-1; taxes and free tiers left out`,
        comparison.text,
        ...runCosts.slice(0, RECEIPTS_SHOWN).map(formatReceipt),
        ...(args.has("runs") && runCosts.length === 0
          ? ["no run has a cost record yet: jobs write one, trainings on this machine do not"]
          : []),
      ].join("\n"),
    };
  },
};

function readUsage(args: Arguments, instanceType: string, hasEdge: boolean): Usage {
  const chosen = args.text("instance") ?? instanceType;
  if (!Object.hasOwn(INSTANCE_HOUR, chosen)) {
    throw new UsageError(
      `the price of "${chosen}" is not known here; choose one of ${Object.keys(INSTANCE_HOUR).join(", ")}`,
    );
  }
  const purchase: Purchase = args.has("on-demand") ? "on-demand" : "spot";
  return {
    instanceType: chosen,
    purchase,
    hoursPerRun: readAmount(args, "hours"),
    runsPerWeek: readAmount(args, "runs-per-week"),
    predictionsPerMonth: readAmount(args, "predictions"),
    storedGigabytes: readAmount(args, "stored"),
    hasEdge,
  };
}

function readAmount(args: Arguments, name: string): number {
  const amount = args.number(name)!;
  if (amount < 0) throw new UsageError(`--${name} must be at least 0, got ${amount}`);
  return amount;
}

function totalOf(lines: CostLine[]): number {
  return sumOf(lines.map(({ usd }) => usd));
}

function formatReceipt({ run, usd, seconds, attempts, finished_at }: RunCost): string {
  const price = usd === null ? "price unknown" : `$${usd.toFixed(2)}`;
  const tries = attempts.length === 1 ? "" : `, ${attempts.length} attempts`;
  const end = finished_at === null ? "not finished" : finished_at.slice(0, 10);
  return `${run.padEnd(32)}  ${price}, ${formatDuration(seconds)}${tries}, ${end}`;
}
