// A deployment with an edge has two stores; what is released from here is released in both.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { OUTPUTS } from "#config/stack-outputs";
import { writeEdgeFile } from "#model/edge-file";
import { writeMasterFile } from "#model/master-file";
import { readPointer, writeVersion } from "#registry/versions";
import { writeResult } from "#job/run-result";
import { promote } from "../../cli/commands/promote.ts";
import { rollback } from "../../cli/commands/rollback.ts";
import { sweepRank } from "../../cli/commands/sweep.ts";
import { runCommand } from "../cli/run-command.ts";
import { configuredModel, DEPLOYED, describedStack, Refusal } from "../fakes/aws-server.ts";
import { startProject } from "../fakes/cloud-project.ts";
import type { CloudProject } from "../fakes/cloud-project.ts";
import { START_LIMIT_MS, startLocalBucket } from "../local-bucket.ts";
import type { LocalBucket } from "../local-bucket.ts";
import { makeTinyModel } from "../tiny-model.ts";

const KEYS = { accessKeyId: "local", secretAccessKey: "local-secret", stateSeed: "seed" };
const SECRET = "arn:aws:secretsmanager:eu-west-1:1:secret:edge";
const master = makeTinyModel();
const files = { master: writeMasterFile(master), edge: writeEdgeFile(master) };

let project: CloudProject;
let edge: LocalBucket;
let name: string;
let count = 0;
beforeAll(async () => {
  edge = await startLocalBucket();
  project = await startProject([configuredModel("notes")]);
}, START_LIMIT_MS);
afterAll(async () => {
  await project.leave();
  await edge.close();
});
beforeEach(() => {
  name = `stores-${++count}`;
  project.aws.answer({
    DescribeStacks: describedStack({
      ...DEPLOYED,
      [OUTPUTS.edgeStore]: edge.address,
      [OUTPUTS.edgeCredentialsSecretArn]: SECRET,
    }),
    GetSecretValue: { SecretString: JSON.stringify(KEYS) },
  });
});

const current = async () =>
  (await Promise.all([project.store, edge.store].map((store) => readPointer(store, name)))).map(
    (pointer) => pointer?.version,
  );
const promoteBoth = (version: string) =>
  runCommand(promote, "--name", name, "--version", version, "--force", "--edge");

describe("with --edge", () => {
  it("promote and rollback act on both stores, with the keys that the stack keeps", async () => {
    const versions: string[] = [];
    for (let index = 0; index < 2; index++) {
      versions.push(await writeVersion(project.store, name, files));
      const { json, text } = await promoteBoth(versions[index]!);
      expect(json).toMatchObject({ current: versions[index], edge: { version: versions[index] } });
      expect(text).not.toContain(KEYS.secretAccessKey);
      expect(await current()).toEqual([versions[index], versions[index]]);
    }
    const { json } = await runCommand(rollback, "--name", name, "--edge");
    expect(json).toMatchObject({ current: versions[0], edge: { version: versions[0] } });
    expect(await current()).toEqual([versions[0], versions[0]]);
  });

  it("a promotion that ended between the stores is completed by the same command", async () => {
    const version = await writeVersion(project.store, name, files);
    await runCommand(promote, "--name", name, "--version", version, "--force", "--store", `s3://${DEPLOYED.BucketName}`); // prettier-ignore
    expect(await current()).toEqual([version, undefined]);
    await promoteBoth(version);
    expect(await current()).toEqual([version, version]);
  });

  it("rollback of stores that differ goes nowhere but brings the edge in line", async () => {
    const [first, second] = [
      await writeVersion(project.store, name, files),
      await writeVersion(project.store, name, files),
    ];
    await promoteBoth(first);
    await runCommand(promote, "--name", name, "--version", second, "--force", "--store", `s3://${DEPLOYED.BucketName}`); // prettier-ignore
    const { text } = await runCommand(rollback, "--name", name, "--edge");
    expect(text).toContain("nothing went back");
    expect(await current()).toEqual([second, second]);
  });

  it("is refused beside --store, without an edge, and without keys", async () => {
    const words = ["--name", name, "--edge"];
    await expect(runCommand(rollback, ...words, "--store", edge.address)).rejects.toThrow("--edge");
    project.aws.answer({ DescribeStacks: describedStack() });
    await expect(runCommand(rollback, ...words)).rejects.toThrow("has no edge");
    const outputs = { ...DEPLOYED, EdgeStore: edge.address, EdgeCredentialsSecretArn: SECRET };
    const stack = { DescribeStacks: describedStack(outputs) };
    project.aws.answer({ ...stack, GetSecretValue: { SecretString: '{"accessKeyId":""}' } });
    await expect(runCommand(rollback, ...words)).rejects.toThrow("holds no keys");
    project.aws.answer({ ...stack, GetSecretValue: new Refusal(403, "AccessDenied", "not you") });
    await expect(runCommand(rollback, ...words)).rejects.toThrow("AWS refuses this");
  });
});

it("sweep rank prints the command that acts on both", async () => {
  const plan = { model: name, corpus: "notes", tokenizer: "text", preset: "small", settings: {}, gateTolerancePercent: 1 } as const; // prettier-ignore
  await project.store.put(`runs/${name}/sweep.json`, JSON.stringify([plan]));
  const version = "20261124-061500-abcdef";
  const result = { run: `${name}-0`, plan, version, metrics: {}, promoted: false, reason: null, usd: 0 }; // prettier-ignore
  await writeResult(project.store, result);
  const { text } = await runCommand(sweepRank, name);
  expect(text).toContain(`afterword promote --name ${name} --version ${version} --edge`);
});
