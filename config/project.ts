// config/project: what cdk.json says under "afterword", typed and checked. Whatever is wrong there ends as one sentence that
// says what to write; nothing behind it checks again. stack-outputs has the names of what the stack tells back.

import { readFileSync } from "node:fs";
import { z } from "zod";
import { hyperParameters } from "#model/hyper-parameters";
import { SETTING_HELP } from "./setting-help.ts";
import { checkBeginning, checkSettings } from "./training-plan.ts";
import type { TrainingPlan } from "./training-plan.ts";
import { CONTEXT_KEY, formatIssues } from "./errors.ts";
import { config, settings } from "./project-schema.ts";
import type { cloudflare, model, schedule } from "./project-schema.ts";

export type StackConfig = z.infer<typeof config>;
export type ModelConfig = z.infer<typeof model>;
export type ScheduleConfig = z.infer<typeof schedule>;
export type CloudflareConfig = z.infer<typeof cloudflare>;

/**
 * The configuration in what cdk.json says; throws one sentence a mistake, each with its place, its value and what to write.
 */
export function parseConfig(value: unknown): StackConfig {
  const { data, error } = config.safeParse(value);
  const mistakes = data ? settingMistakes(data) : error!.issues.flatMap(formatIssues(value));
  if (mistakes.length > 0) throw new Error(mistakes.join("\n"));
  return data!;
}

/** The JSON schema of cdk.json, by which editors complete it; hyper-parameters come from their table. */
export function projectSchema(): object {
  const schema = z.toJSONSchema(config, {
    override({ zodSchema, jsonSchema }) {
      if (zodSchema !== settings) return;
      delete jsonSchema.propertyNames;
      jsonSchema.additionalProperties = false;
      jsonSchema.properties = Object.fromEntries(
        hyperParameters.map(([name, { kind, min, max }]) => [
          name,
          {
            type: kind,
            description: SETTING_HELP[name],
            ...(kind !== "boolean" && { minimum: min, maximum: max }),
          },
        ]),
      );
    },
  });
  const { $schema, ...afterword } = schema;
  const context = { type: "object", properties: { [CONTEXT_KEY]: afterword } };
  return { $schema, title: "cdk.json of Afterword", type: "object", properties: { context } };
}

/** What a scheduled job of a model trains. */
export function planOf(config: ModelConfig): TrainingPlan {
  const { name, corpus, licences, tokenizer, language, from = "none" } = config;
  const { preset, settings, minutes, gateTolerancePercent } = config;
  return {
    model: name,
    corpus,
    ...(licences && { licences }),
    tokenizer,
    ...(language && { language }),
    ...(from !== "none" && { from }),
    preset,
    settings,
    ...(minutes !== undefined && { minutes }),
    gateTolerancePercent,
  };
}

/** Reads cdk.json, for those who ask without running the CDK. */
export function readConfig(path: string): StackConfig {
  let file: { context?: Record<string, unknown> };
  try {
    file = JSON.parse(readFileSync(path, "utf8")) as typeof file;
  } catch (cause) {
    throw new Error(`cannot read ${path}: ${(cause as Error).message}; write it as JSON`, {
      cause,
    });
  }
  return parseConfig(file.context?.[CONTEXT_KEY]);
}

function settingMistakes({ models, training }: StackConfig): string[] {
  if (training.compute === "cpu" && training.instanceTypes) {
    return [
      `cdk.json: ${CONTEXT_KEY}.training.instanceTypes is of no use to "compute": "cpu"; remove it, or train on a GPU`,
    ];
  }
  return models.flatMap((model, index) => {
    const place = `cdk.json: ${CONTEXT_KEY}.models[${index}]`;
    const plan = planOf(model);
    return [
      ...mistakeIn(place, () => checkBeginning(plan)),
      ...mistakeIn(`${place}.settings`, () => checkSettings(plan)),
      ...mistakeIn(`${place}.minutes`, () => checkTime(plan, training)),
    ];
  });
}

function mistakeIn(place: string, check: () => void): string[] {
  try {
    check();
    return [];
  } catch (error) {
    return [`${place}: ${(error as Error).message}`];
  }
}

function checkTime({ minutes }: TrainingPlan, { timeLimitHours }: StackConfig["training"]): void {
  if (minutes === undefined || minutes < 60 * timeLimitHours) return;
  throw new Error(
    `an attempt is stopped after timeLimitHours ${timeLimitHours}, before ${minutes} minutes of training are over; give fewer, or raise that`,
  );
}
