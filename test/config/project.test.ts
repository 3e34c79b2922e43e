import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { planEnvironment } from "#job/contract";
import { changePreset } from "#model/presets";
import { parseConfig, planOf, readConfig } from "../../config/project.ts";
import { isScheduleExpression } from "../../config/schedule-expression.ts";
import { REFUSED_ENTRIES, TAKEN_ENTRIES } from "../model/key-entries.ts";
import { SAMPLE } from "./sample-config.ts";

/** The sample with one thing set, e.g. at `models.0.name`. */
function withValue(path: string, value: unknown): unknown {
  const config = structuredClone(SAMPLE) as unknown as Record<string, unknown>;
  const steps = path.split(".");
  const last = steps.pop()!;
  let part = config;
  for (const step of steps) part = part[step] as Record<string, unknown>;
  part[last] = value;
  return config;
}

function refusal(config: unknown): string {
  try {
    parseConfig(config);
  } catch (error) {
    return (error as Error).message;
  }
  return expect.fail("it was taken");
}

describe("the configuration", () => {
  it("of the project's cdk.json is right", () => {
    expect(readConfig("cdk.json").models[0]!.name).toBe("default");
  });

  it("of the manual is right", async () => {
    const [, json] = /```json\n(.*?)```/s.exec(await readFile("docs/deploy.md", "utf8"))!;
    const file = JSON.parse(json!) as { context: { afterword: unknown } };
    expect(parseConfig(file.context.afterword)).toEqual(file.context.afterword);
  });

  it("is taken as it stands", () => {
    expect(parseConfig(SAMPLE)).toEqual(SAMPLE);
  });

  it("may leave out schedules, the e-mail address, the edge and its route", () => {
    const { cloudflare, ...rest } = SAMPLE;
    const { route: _, ...workersDev } = cloudflare;
    const least = { ...rest, alerts: { monthlyBudgetUsd: 10 } };
    expect(parseConfig(least).cloudflare).toBeUndefined();
    expect(parseConfig({ ...least, cloudflare: workersDev }).cloudflare!.route).toBeUndefined();
  });
});

describe("what is wrong ends as a sentence that says where, what and what to write", () => {
  it.each([
    ["region", undefined, 'afterword.region is missing; write an AWS region, e.g. "eu-central-1"'],
    ["region", "Frankfurt", 'afterword.region is "Frankfurt"; write an AWS region'],
    ["stackName", "1st", 'afterword.stackName is "1st"; write a stack\'s name'],
    ["models", [], "afterword.models is []; write at least one model"],
    ["models.1.name", "notes", 'afterword.models[1].name is "notes"; write another name'],
    ["models.0.name", "My Notes", "afterword.models[0].name is \"My Notes\"; write lower-case"],
    ["models.0.corpus", "a/b", 'afterword.models[0].corpus is "a/b"; write the corpus\'s name'],
    ["models.0.licences", "CC0", 'licences is "CC0"; write licences by the paths\' beginnings'],
    ["models.0.licences", { "": "" }, 'licences. is ""; write a licence, e.g. "CC-BY-SA-4.0"'],
    ["models.0.licences", { "/wiki/": "CC0" }, "; write paths as in the corpus's folder"],
    ["models.0.tokenizer", "bpe", 'afterword.models[0].tokenizer is "bpe"; write "text" for prose'],
    ["models.0.preset", "huge", 'afterword.models[0].preset is "huge"; write one of quick, small'],
    ["models.0.settings", { epoch: 2 }, 'settings: unknown setting "epoch"; choose from'],
    ["models.0.settings", { epochs: "2" }, 'settings: epochs must be a whole number from 1 to 10000, got "2"'],
    ["models.0.from", "before", 'afterword.models[0].from is "before"; write "none", "base" for the base model of English, or "current"'],
    ["models.0.minutes", 0, "afterword.models[0].minutes is 0; write the minutes of training that the epochs are chosen for, above 0"],
    ["models.0.minutes", 30, "afterword.models[0]: minutes 30 and epochs 20 are both the length of a run; give one of them"],
    ["models.1.minutes", 600, "afterword.models[1].minutes: an attempt is stopped after timeLimitHours 10, before 600 minutes of training are over; give fewer"],
    ["models.0.preset", "auto", 'afterword.models[0]: preset "auto" takes its settings from the model that a run goes on from; give from "base" or "current", or name a preset'],
    ["models.1.from", "base", 'afterword.models[1]: preset "quick" is for a run that begins from nothing, and from "base" has the base model\'s shape; give preset "auto"'],
    ["models.0.settings", { epochs: 2.5 }, "settings: epochs must be a whole number from 1"],
    ["models.0.gateTolerancePercent", -1, "gateTolerancePercent is -1; write by how many percent"],
    ["models.0.schedule.expression", "0 3 * * 0", 'expression is "0 3 * * 0"; write a schedule of EventBridge Scheduler, e.g. "cron(0 3 ? * SUN *)"'],
    ["models.0.schedule.timeZone", "Vienna", 'timeZone is "Vienna"; write an IANA time zone'],
    ["models.0.schedule.enabled", "yes", 'enabled is "yes"; write true or false'],
    ["training.instanceTypes", ["p5.48xlarge"], 'instanceTypes[0] is "p5.48xlarge"; write an instance with one NVIDIA GPU'],
    ["training.instanceTypes", [], "instanceTypes is []; write at least one instance type"],
    ["training.maxVcpus", "8", 'maxVcpus is "8"; write the most vCPUs at once'],
    ["training.timeLimitHours", 0, "timeLimitHours is 0; write the hours after which"],
    ["alerts.email", "ops", 'alerts.email is "ops"; write an e-mail address'],
    ["alerts.monthlyBudgetUsd", null, "monthlyBudgetUsd is null; write the US dollars a month"],
    ["cloudflare.accountId", "mine", 'accountId is "mine"; write the account\'s id, 32 hexadecimal'],
    ["cloudflare.apiKeyHashes", ["key"], 'apiKeyHashes[0] is "key"; write [owner:]<SHA-256'],
    ["cloudflare.route.pattern", "example.com", 'pattern is "example.com"; write a host and a path'],
    ["cloudflare.jurisdiction", "de", 'jurisdiction is "de"; write "eu" or "fedramp"'],
    ["cloudflare.locationHint", "Vienna", 'locationHint is "Vienna"; write a region that Cloudflare names'],
    ["cloudflare.token", "abc", "afterword.cloudflare.token is not known here; remove it or check"],
  ])("%s = %j", (path, value, sentence) => {
    const message = refusal(withValue(path, value));
    expect(message).toContain(sentence);
    expect(message).toMatch(/^cdk\.json: afterword\./);
    expect(message.split("\n")).toHaveLength(1);
  }); // prettier-ignore

  it("each mistake in a line of its own", () => {
    const config = withValue("region", "x") as typeof SAMPLE;
    config.training.maxVcpus = 0;
    expect(refusal(config).split("\n")).toHaveLength(2);
  });

  it("without any configuration, too", () => {
    expect(refusal(undefined)).toContain("cdk.json: afterword is missing; write the configuration");
  });
});

describe("the entry of an API key", () => {
  const hashes = (...entries: string[]) => withValue("cloudflare.apiKeyHashes", entries);

  it.each(TAKEN_ENTRIES)("%s is taken, as by the edge", (entry) => {
    expect(parseConfig(hashes(entry)).cloudflare!.apiKeyHashes).toEqual([entry]);
  });

  it.each(REFUSED_ENTRIES)("%s is refused, as by the edge", (entry) => {
    expect(refusal(hashes(entry))).toContain("write [owner:]<SHA-256");
  });

  it.each(["", " ", `${"0".repeat(64)} `, `${"0".repeat(64)},${"1".repeat(64)}`])(
    "%j is not one entry",
    (entry) => expect(refusal(hashes(entry))).toContain("write [owner:]<SHA-256"),
  );
});

describe("a schedule's expression", () => {
  it.each([
    "rate(1 day)",
    "rate(12 hours)",
    "cron(0 3 ? * SUN *)",
    "cron(15,45 2-5 1/2 JAN-MAR ? 2026-2030)",
    "cron(0 0 L * ? *)",
    "cron(0 12 ? * 6#3 *)",
    "cron(0/15 * * * ? *)",
  ])("%s is one", (expression) => expect(isScheduleExpression(expression)).toBe(true));

  it.each([
    "",
    "rate(1 days)",
    "rate(0 days)",
    "rate(7 weeks)",
    "cron(0 3 * * SUN *)", // both days
    "cron(0 3 ? * ? *)", // neither
    "cron(60 3 ? * SUN *)",
    "cron(0 24 ? * SUN *)",
    "cron(0 3 ? 13 SUN *)",
    "cron(0 3 ? * SUN)",
    "cron(0 3 ? * 8 *)",
    "0 3 * * 0",
  ])("%s is none", (expression) => expect(isScheduleExpression(expression)).toBe(false));
});

describe("a job's environment", () => {
  const [model] = parseConfig(SAMPLE).models;

  it("asks for the model's plan", () => {
    expect(planEnvironment(planOf(model!))).toEqual({
      AFTERWORD_MODEL: "notes",
      AFTERWORD_CORPUS: "notes",
      AFTERWORD_TOKENIZER: "text",
      AFTERWORD_PRESET: "medium",
      AFTERWORD_SETTINGS: '{"epochs":20,"keepProb":0.6}',
      AFTERWORD_GATE_TOLERANCE_PERCENT: "1",
    });
  });

  it.each([
    [{ from: "base", preset: "auto", minutes: 0.5 }, { AFTERWORD_FROM: "base", AFTERWORD_PRESET: "auto", AFTERWORD_MINUTES: "0.5" }],
    [{ from: "current", preset: "small" }, { AFTERWORD_FROM: "current", AFTERWORD_PRESET: "small" }],
    [{ from: "none", preset: "small" }, { AFTERWORD_PRESET: "small" }],
  ])("of a model with %j says what it begins with and for how long it trains", (changes, told) => {
    const models = [{ ...SAMPLE.models[2], settings: {}, ...changes }];
    const [changed] = parseConfig({ ...SAMPLE, models }).models;
    const { AFTERWORD_FROM, AFTERWORD_PRESET, AFTERWORD_MINUTES } = planEnvironment(planOf(changed!));
    expect({ AFTERWORD_FROM, AFTERWORD_PRESET, AFTERWORD_MINUTES }).toEqual(told);
  }); // prettier-ignore

  it("holds settings that change a preset and leave the preset itself alone", () => {
    expect(changePreset("medium", model!.settings).training).toMatchObject({
      epochs: 20,
      keepProb: 0.6,
      batchSize: 20,
    });
    expect(changePreset("medium", {}).training.epochs).toBe(39);
  });
});
