// Both computes, with an edge and without: what holds of every template.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Stack, Validations } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { Queue } from "aws-cdk-lib/aws-sqs";
import recommendedFlags from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import { AwsSolutionsChecks } from "cdk-nag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../config/project.ts";
import { OUTPUTS } from "../../config/stack-outputs.ts";
import { AfterwordStack } from "../../infra/stack.ts";
import { SAMPLE } from "../config/sample-config.ts";
import { LEFT_OUT, resourcesOf } from "./sample-template.ts";
import type { Resource } from "./sample-template.ts";
import { findViolations } from "./service-spec.ts";

let folder: string;
let withEdge: Template;
let withoutEdge: Template;
let onFargate: Template;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stack-"));
  const workerFormPath = join(folder, "worker.form");
  await writeFile(workerFormPath, "the Worker");
  const config = parseConfig(SAMPLE);
  withEdge = templateOf("edge", (app) => new AfterwordStack(app, { config, workerFormPath }));
  withoutEdge = templateOf(
    "plain",
    (app) => new AfterwordStack(app, { config: { ...config, cloudflare: undefined } }),
  );
  const { instanceTypes: _, ...limits } = config.training;
  const training = { ...limits, compute: "cpu" as const, maxVcpus: 16 };
  onFargate = templateOf(
    "cpu",
    (app) => new AfterwordStack(app, { config: { ...config, training }, workerFormPath }),
  );
}, 240_000);
afterAll(() => rm(folder, { recursive: true }));

/** A stack's template, checked by cdk-nag. */
function templateOf(name: string, create: (app: App) => Stack): Template {
  const context = { ...recommendedFlags, ...LEFT_OUT };
  const app = new App({ context, outdir: join(folder, name) });
  const stack = create(app);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return Template.fromStack(stack);
}

/** Resources of all templates, by type. */
function all(type: string): Resource[] {
  return [withEdge, withoutEdge, onFargate].flatMap((template) => resourcesOf(template, type));
}

function everyResource(): Resource[] {
  return [withEdge, withoutEdge, onFargate].flatMap(
    (template) => Object.values(template.toJSON().Resources as object) as Resource[],
  );
}

describe("cdk-nag", () => {
  it("finds nothing that is not answered with a reason", async () => {
    for (const name of ["edge", "plain", "cpu"]) {
      const report = await readFile(join(folder, name, "validation-report.json"), "utf8");
      expect((JSON.parse(report) as { pluginReports: unknown[] }).pluginReports).toEqual([]);
    }
  });

  it("would stop the synthesis", () => {
    const createBad = (app: App) => new Queue(new Stack(app, "Bad"), "Queue").stack;
    expect(() => templateOf("bad", createBad)).toThrow("AwsSolutions-SQS4");
    process.exitCode = undefined; // which that has set
  });
});

describe("CloudFormation's own schemas", () => {
  it("know every property, and miss none", () => {
    for (const template of [withEdge, withoutEdge, onFargate]) {
      expect(findViolations(template.toJSON())).toEqual([]);
    }
  });

  it.each<[string, string, (properties: Record<string, unknown>) => void]>([
    ["a name that is no property", "JobQueue", (queue) => (queue.Stat = "ENABLED")],
    ["a property that is missing", "JobQueue", (queue) => delete queue.Priority],
    [
      "a name deep inside",
      "JobDefinition",
      (definition) => Object.assign(definition.ContainerProperties as object, { Imagee: "x" }),
    ],
  ])("would notice %s", (_, type, spoil) => {
    const template = structuredClone(withEdge.toJSON()) as { Resources: Record<string, Resource> };
    const found = Object.values(template.Resources).find(
      ({ Type }) => Type === `AWS::Batch::${type}`,
    );
    spoil(found!.Properties);
    expect(findViolations(template)).toHaveLength(1);
  });
});

describe("the network", () => {
  it("has no NAT gateway, public subnets, and an endpoint for S3", () => {
    expect(all("AWS::EC2::NatGateway")).toEqual([]);
    const subnets = all("AWS::EC2::Subnet");
    expect(subnets).not.toEqual([]);
    for (const { Properties } of subnets) expect(Properties.MapPublicIpOnLaunch).toBe(true);
    const zones = Object.values(withEdge.findResources("AWS::EC2::Subnet")).map(({ Properties }) =>
      JSON.stringify((Properties as Resource["Properties"]).AvailabilityZone),
    );
    const nth = (index: number) => JSON.stringify({ "Fn::Select": [index, { "Fn::GetAZs": "" }] });
    expect(zones).toEqual([nth(0), nth(1), nth(2)]);
    withEdge.hasResourceProperties("AWS::EC2::VPCEndpoint", { VpcEndpointType: "Gateway" });
  });

  it("lets nothing in", () => {
    expect(all("AWS::EC2::SecurityGroupIngress")).toEqual([]);
    const groups = all("AWS::EC2::SecurityGroup");
    expect(groups).not.toEqual([]);
    for (const { Properties } of groups) expect(Properties.SecurityGroupIngress).toBeUndefined();
  });
});

describe("the job's image", () => {
  it("is another on Fargate, of the same Dockerfile", async () => {
    const targets = await Promise.all(
      ["edge", "cpu"].map(async (name) => {
        const manifest = await readFile(join(folder, name, "Sample.assets.json"), "utf8");
        const { dockerImages } = JSON.parse(manifest) as {
          dockerImages: Record<string, { source: { dockerBuildTarget: string } }>;
        };
        return Object.values(dockerImages).map(({ source }) => source.dockerBuildTarget);
      }),
    );
    expect(targets).toEqual([["gpu"], ["cpu"]]);
  });
});

describe("logs", () => {
  it("all end some day, and go with the stack", () => {
    const groups = all("AWS::Logs::LogGroup") as (Resource & {
      Properties: { RetentionInDays?: number };
    })[];
    expect(groups.length).toBeGreaterThan(3);
    for (const { Properties, DeletionPolicy } of groups) {
      expect(Properties.RetentionInDays).toBeGreaterThan(0);
      expect(DeletionPolicy).toBe("Delete");
    }
  });

  it("of no function and no job go to a group that nobody made", () => {
    for (const { Properties } of all("AWS::Lambda::Function")) {
      expect(Properties.LoggingConfig).toBeDefined();
    }
    withEdge.hasResourceProperties("AWS::Batch::JobDefinition", {
      ContainerProperties: {
        LogConfiguration: {
          LogDriver: "awslogs",
          Options: {
            "awslogs-group": { Ref: Match.stringLikeRegexp("^TrainingLog") },
            "awslogs-stream-prefix": "training",
          },
        },
      },
    });
  });
});

describe("the edge", () => {
  it("is one resource, whose properties hold no secret", () => {
    withEdge.hasResourceProperties("Custom::CloudflareWorker", {
      accountId: SAMPLE.cloudflare.accountId,
      workerName: "afterword",
      bucketName: "our-models",
      route: SAMPLE.cloudflare.route,
      tokenSecret: "afterword/cloudflare",
      apiKeyHashes: SAMPLE.cloudflare.apiKeyHashes,
      tokenRevision: 1,
    });
    expect(JSON.stringify(withEdge.toJSON())).not.toContain("{{resolve:");
  });

  it("is left out without an account, and an output says how to add it", () => {
    expect(withoutEdge.findResources("Custom::CloudflareWorker")).toEqual({});
    withoutEdge.hasOutput(OUTPUTS.edgeMissing, {
      Value: Match.stringLikeRegexp("store a Cloudflare API token in Secrets Manager"),
    });
  });
});

describe("outputs", () => {
  it("are those that commands read", () => {
    const names = Object.keys(withEdge.toJSON().Outputs as object);
    const { edgeMissing, ...expected } = OUTPUTS;
    expect(names.toSorted()).toEqual(Object.values(expected).toSorted());
    expect(names).not.toContain(edgeMissing);
  });
});

describe("what outlives the stack", () => {
  it("is the bucket of models alone", () => {
    const kept = everyResource().filter(({ DeletionPolicy }) => DeletionPolicy?.startsWith("Retain")); // prettier-ignore
    expect(new Set(kept.map(({ Type }) => Type))).toEqual(new Set(["AWS::S3::Bucket"]));
  });
});
