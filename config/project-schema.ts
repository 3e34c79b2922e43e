// config/project-schema: what may stand in cdk.json under "afterword", each value with the words that say what to write.

import { z } from "zod";
import { readKeyEntry, splitKeyEntries } from "#model/key-entries";
import { MODEL_NAME } from "#model/layout";
import { AUTO, PRESETS } from "#model/presets";
import type { PresetName } from "#model/presets";
import { TOKENIZER_NAMES } from "#model/tokenizers/find";
import { flag, integer, number, text } from "./errors.ts";
import { isScheduleExpression, isTimeZone } from "./schedule-expression.ts";
import { PARENTS } from "./training-plan.ts";

// one GPU each, none newer than the CUDA that the image brings
const INSTANCE_TYPE = /^(g4dn|g5|g6|g6e)\.(xlarge|2xlarge|4xlarge|8xlarge|16xlarge)$/;

/** When a model is trained again, e.g. `cron(0 3 ? * SUN *)` in `Europe/Vienna`. */
export const schedule = z.strictObject({
  expression: text(
    isScheduleExpression,
    'a schedule of EventBridge Scheduler, e.g. "cron(0 3 ? * SUN *)" for Sundays at three or "rate(7 days)"',
  ),
  timeZone: text(isTimeZone, 'an IANA time zone, e.g. "Europe/Vienna"'),
  enabled: flag("whether it runs"),
});

const PRESET_NAMES = Object.keys(PRESETS) as [PresetName, ...PresetName[]];

// changePreset checks them, with the sentences that a sweep and a job give too
export const settings = z.record(z.string(), z.union([z.number(), z.boolean(), z.string()]), {
  error: 'settings that differ from the preset\'s, e.g. {"epochs": 20}, or {}',
});

const MINUTES = "the minutes of training that the epochs are chosen for, above 0, e.g. 30";
const minutes = z.number({ error: MINUTES }).positive({ error: MINUTES }).describe(MINUTES);

const licences = z
  .record(z.string(), text(/\S/, 'a licence, e.g. "CC-BY-SA-4.0"'), {
    error:
      'licences by the paths\' beginnings, e.g. {"": "all rights reserved", "wiki/": "CC-BY-SA-4.0"}',
  })
  .refine((all) => !Object.keys(all).some((path) => /^(\/|corpora\/)/.test(path)), {
    error: 'paths as in the corpus\'s folder, e.g. "wiki/" for corpora/<corpus>/wiki/',
  })
  .describe(
    'under which licences the text is, by the beginnings of its files\' paths; "" for all others',
  );

export const model = z.strictObject(
  {
    name: text(MODEL_NAME, 'lower-case letters, digits and hyphens, e.g. "notes"'),
    corpus: text(MODEL_NAME, 'the corpus\'s name, e.g. "notes" for corpora/notes/ in the bucket'),
    licences: licences.optional(), // absent, not stated
    tokenizer: z.enum(TOKENIZER_NAMES, {
      error: `"text" for prose, or one of ${TOKENIZER_NAMES.join(", ")}`,
    }),
    language: text(
      /^[a-z]{2,3}(?:-[A-Za-z\d]{2,8})*$/,
      'the text\'s language, e.g. "tr", where its rules differ from English',
    ).optional(),
    from: z
      .enum(["none", ...PARENTS], {
        error: '"none", "base" for the base model of English, or "current" for the current version',
      })
      .describe(
        "the model that a run goes on from: none, the base model of general English, or the version that is current",
      )
      .optional(), // absent, "none"
    preset: z
      .enum([...PRESET_NAMES, AUTO], {
        error: `one of ${PRESET_NAMES.join(", ")}, or ${AUTO} for what suits the model that a run goes on from`,
      })
      .describe(
        `of a run that begins from nothing: its shape, how it is trained; ${AUTO}: what suits the model that it goes on from`,
      ),
    settings,
    minutes: minutes.optional(), // absent, the epochs say how long
    gateTolerancePercent: number(
      0,
      100,
      "by how many percent a new version's perplexity may be above the current one's, e.g. 1",
    ),
    schedule: schedule.optional(),
  },
  { error: 'a model, e.g. {"name": "notes", "corpus": "notes", …}' },
);

const training = z.strictObject({
  compute: z
    .enum(["gpu", "cpu"], {
      error: '"gpu" for EC2 instances with one, or "cpu" for Fargate, which needs no GPU quota',
    })
    .optional(), // absent, "gpu"
  instanceTypes: z
    .array(text(INSTANCE_TYPE, 'an instance with one NVIDIA GPU, e.g. "g4dn.xlarge"'), {
      error: 'a list of instance types, e.g. ["g4dn.xlarge", "g4dn.2xlarge"]',
    })
    .min(1, { error: 'at least one instance type, e.g. ["g4dn.xlarge"]' })
    .optional(), // absent, DEFAULT_INSTANCE_TYPES; of no meaning to Fargate
  maxVcpus: integer(
    4,
    256,
    "the most vCPUs at once; a job on a GPU takes 4 of them, one on Fargate 16, 8 or 4, as many as there are",
  ),
  timeLimitHours: integer(1, 168, "the hours after which an attempt is stopped, e.g. 12"),
  lateAfterHours: integer(
    1,
    160, // for a week Batch knows how a job ended
    "the hours after which a job that has not ended is reported, e.g. 24",
  ),
});

const alerts = z.strictObject({
  email: text(/^[^@\s]+@[^@\s]+\.[^@\s]+$/, 'an e-mail address, e.g. "ops@example.com"').optional(),
  monthlyBudgetUsd: number(
    1,
    1_000_000,
    "the US dollars a month, of the whole account, that are worth a message, e.g. 50",
  ),
});

export const cloudflare = z.strictObject({
  accountId: text(/^[0-9a-f]{32}$/, "the account's id, 32 hexadecimal digits, from the dashboard"),
  tokenSecret: text(
    /^[\w/+=.@-]{1,512}$/,
    'the name of the secret in AWS Secrets Manager that holds the API token, e.g. "afterword/cloudflare"',
  ),
  tokenRevision: integer(1, 1_000_000, "a number to raise whenever the token is changed, first 1"),
  bucketTokenSecret: text(
    /^[\w/+=.@-]{1,512}$/,
    'the name of a second secret, with an R2 token for this bucket alone, e.g. "afterword/bucket"',
  ).optional(), // absent, jobs open the bucket with keys that follow from the API token
  stateKeyRevision: integer(
    1,
    1_000_000,
    "a number to raise by one when the key that seals clients' states is to change, first 1",
  ).optional(), // absent, 1
  workersDevName: text(
    /^[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$/,
    "the account's name on workers.dev, for an account that has none yet: it is its only one",
  ).optional(),
  jurisdiction: z
    .enum(["eu", "fedramp"], {
      error: '"eu" or "fedramp", where sessions and profiles are to stay for good',
    })
    .optional(), // absent, wherever their first request comes from
  locationHint: z
    .enum(["wnam", "enam", "sam", "weur", "eeur", "apac", "oc", "afr", "me"], {
      error: 'a region that Cloudflare names, e.g. "weur", near which new sessions are put',
    })
    .optional(), // absent, near their first request
  sessionsPerDay: integer(
    0,
    1_000_000_000,
    "how many sessions an owner of API keys may begin in a day, 0 for as many as there come",
  ).optional(), // absent, 100,000
  workerName: text(MODEL_NAME, 'lower-case letters, digits and hyphens, e.g. "afterword"'),
  bucketName: text(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, 'an R2 bucket, e.g. "afterword-models"'),
  route: z
    .strictObject({
      zoneId: text(/^[0-9a-f]{32}$/, "the zone's id, 32 hexadecimal digits, from the dashboard"),
      pattern: text(
        /^(\*\.|\*)?[a-z0-9.-]+\.[a-z]{2,}\/\S*$/,
        'a host and a path, e.g. "predict.example.com/*"',
      ),
    })
    .optional(), // absent, the Worker answers at <workerName>.<account's subdomain>.workers.dev
  apiKeyHashes: z.array(
    text(
      isKeyEntry,
      "[owner:]<SHA-256 of an API key in hexadecimal>, and behind it, where the key is limited, ;models=a|b ;scope=predict ;origins=https://a.example without spaces",
    ),
    { error: "a list of hashes of API keys, or [] for an edge that is open to all" },
  ),
});

/** All of it. */
export const config = z.strictObject(
  {
    stackName: text(/^[A-Za-z][A-Za-z0-9-]{0,99}$/, 'a stack\'s name, e.g. "Afterword"'),
    region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region, e.g. "eu-central-1"'),
    models: z
      .array(model, { error: "a list of models" })
      .min(1, { error: "at least one model" })
      .superRefine((models, context) => {
        for (const [index, { name }] of models.entries()) {
          if (models.findIndex((other) => other.name === name) < index) {
            const message = "another name: a model before it has this one";
            context.addIssue({ code: "custom", path: [index, "name"], message });
          }
        }
      }),
    training,
    alerts,
    cloudflare: cloudflare.optional(), // absent, everything but the edge is deployed
  },
  { error: "the configuration; docs/deploy.md has one to start from" },
);

/** Whether the edge takes a text as one entry of its list. */
function isKeyEntry(value: string): boolean {
  if (splitKeyEntries(value).join() !== value || value === "") return false;
  try {
    readKeyEntry(value);
    return true;
  } catch {
    return false; // with a reason that the edge would give; here the syntax is told
  }
}
