// A corpus's licences, from cdk.json to the version's manifest, file by file.

import { afterAll, beforeAll, expect, it } from "vitest";
import { parseConfig, planOf } from "#config/project";
import { planEnvironment } from "#job/contract";
import { readPlan } from "#job/environment";
import { describeLicences, licenceOf } from "#training/data/licences";
import { modelsShow } from "../../cli/commands/models-show.ts";
import { runCommand } from "../cli/run-command.ts";
import { SAMPLE } from "../config/sample-config.ts";
import { START_LIMIT_MS, startLocalBucket } from "../local-bucket.ts";
import type { LocalBucket } from "../local-bucket.ts";
import { pushTinyCorpus, runTinyJob, TINY_PLAN } from "./tiny-job.ts";

const licences = { "": "all rights reserved", "wiki/": "CC-BY-SA-4.0", "wiki/old/": "GFDL-1.3" };

let bucket: LocalBucket;
beforeAll(async () => {
  bucket = await startLocalBucket();
}, START_LIMIT_MS);
afterAll(() => bucket.close());

it.each([
  ["text.txt", "all rights reserved"],
  ["wiki/a.txt", "CC-BY-SA-4.0"],
  ["wiki/old/a.txt", "GFDL-1.3"],
  ["wikipedia.txt", "all rights reserved"],
])("%s is under the licence of the longest beginning of its path", (path, licence) => {
  expect(licenceOf(licences, path)).toBe(licence);
});

it("a file that none speaks of has none", () => {
  expect(licenceOf({ "wiki/": "CC-BY-SA-4.0" }, "text.txt")).toBeUndefined();
});

it("are what cdk.json says, through the job's environment", () => {
  const [first] = SAMPLE.models;
  const { models } = parseConfig({ ...SAMPLE, models: [{ ...first, licences }] });
  const environment = planEnvironment(planOf(models[0]!));
  expect(readPlan(environment)).toEqual(planOf(models[0]!));
  expect(readPlan(environment).licences).toEqual(licences);
});

it("stand in the manifest of what a job trains, and are shown", async () => {
  await pushTinyCorpus(bucket);
  await bucket.store.put("corpora/notes/wiki/a.txt", "The encyclopedia says so. ".repeat(40));
  const { version } = await runTinyJob(bucket, "licensed", { plan: { ...TINY_PLAN, licences } });
  const words = [version, "--name", "notes", "--store", bucket.address];
  const { json, text } = await runCommand(modelsShow, ...words);
  expect(json).toMatchObject({
    manifest: {
      licence: describeLicences(licences),
      files: [
        { key: "corpora/notes/text.txt", licence: "all rights reserved" },
        { key: "corpora/notes/wiki/a.txt", licence: "CC-BY-SA-4.0" },
      ],
    },
  });
  expect(text).toContain(
    "licence: all rights reserved; CC-BY-SA-4.0 for wiki/; GFDL-1.3 for wiki/old/",
  );
  expect(text).toMatch(/wiki\/a\.txt .* CC-BY-SA-4\.0$/m);
}, 120_000);
