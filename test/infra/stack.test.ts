import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Stack, Validations } from "aws-cdk-lib";
import type { Matcher } from "aws-cdk-lib/assertions";
import { Match, Template } from "aws-cdk-lib/assertions";
import { Queue } from "aws-cdk-lib/aws-sqs";
import recommendedFlags from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import { AwsSolutionsChecks } from "cdk-nag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../config/project.ts";
import { OUTPUTS } from "../../config/stack-outputs.ts";
import { AfterwordStack } from "../../infra/stack.ts";
import { SAMPLE } from "../config/sample-config.ts";
import { LEFT_OUT } from "./sample-template.ts";
import { findViolations } from "./service-spec.ts";

type Resource = { Type: string; Properties: Record<string, unknown>; DeletionPolicy?: string };

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
  return [withEdge, withoutEdge, onFargate].flatMap(
    (template) => Object.values(template.findResources(type)) as Resource[],
  );
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

describe("the bucket", () => {
  it("is versioned, encrypted, private, speaks TLS alone and outlives the stack", () => {
    withEdge.hasResource("AWS::S3::Bucket", {
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: {
        VersioningConfiguration: { Status: "Enabled" },
        BucketEncryption: Match.objectLike({}),
      },
    });
    withEdge.hasResourceProperties("AWS::S3::BucketPolicy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: "Deny",
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          }),
        ]),
      },
    });
  });

  it("is never public, nor is any other", () => {
    const buckets = all("AWS::S3::Bucket");
    expect(buckets).not.toEqual([]);
    for (const { Properties } of buckets) {
      expect(Properties.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
    }
  });

  it("forgets what was written over, checkpoints at once, and uploads that broke off", () => {
    withEdge.hasResourceProperties("AWS::S3::Bucket", {
      LifecycleConfiguration: {
        Rules: Match.arrayWith([
          Match.objectLike({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 } }),
          Match.objectLike({ NoncurrentVersionExpiration: { NoncurrentDays: 30 } }),
          Match.objectLike({
            Prefix: "runs/",
            NoncurrentVersionExpiration: { NoncurrentDays: 1 },
          }),
        ]),
      },
    });
  });
});

describe("permissions", () => {
  const statements = () =>
    all("AWS::IAM::Policy").flatMap(({ Properties }) => {
      const { Statement } = Properties.PolicyDocument as {
        Statement: { Action: string | string[] }[];
      };
      return Statement;
    });

  it("name each action in full", () => {
    const actions = statements().flatMap(({ Action }) => Action);
    expect(actions.length).toBeGreaterThan(20);
    expect(actions.filter((action) => action.includes("*"))).toEqual([]);
  });

  it("are those that docs/architecture.md tells", async () => {
    const documented = await readFile("docs/architecture.md", "utf8");
    const told = documented.match(/`[a-z0-9]+:[A-Za-z]+`/g)!.map((code) => code.slice(1, -1));
    const granted = new Set(statements().flatMap(({ Action }) => Action));
    expect(Array.from(new Set(told)).toSorted()).toEqual(Array.from(granted).toSorted());
  });

  it("let a job read corpora, write runs and models, and delete of runs alone", () => {
    const [policy] = Object.values(
      withEdge.findResources("AWS::IAM::Policy", {
        Properties: { Roles: [{ Ref: Match.stringLikeRegexp("^TrainingRole") }] },
      }),
    ) as Resource[];
    const { Statement } = policy!.Properties.PolicyDocument as {
      Statement: { Action: string | string[]; Resource: unknown }[];
    };
    const allowed = Statement.map(({ Action, Resource }) => [
      [Action].flat().toSorted(),
      JSON.stringify(Resource)
        .match(/\/\w+\/\*/g)
        ?.toSorted(),
    ]);
    expect(allowed).toEqual([
      [["s3:ListBucket"], undefined],
      [["s3:GetObject"], ["/corpora/*", "/models/*", "/runs/*"]],
      [
        ["s3:AbortMultipartUpload", "s3:PutObject"],
        ["/models/*", "/runs/*"],
      ],
      [["s3:DeleteObject"], ["/runs/*"]],
    ]);
  });
});

function endingWith(text: string | Matcher) {
  return { "Fn::Join": ["", Match.arrayWith([text])] };
}

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

describe("the training job", () => {
  it("asks for one GPU, and for no more memory than the smallest instance can give", () => {
    withEdge.hasResourceProperties("AWS::Batch::JobDefinition", {
      ContainerProperties: {
        Command: ["job"],
        ResourceRequirements: Match.arrayWith([
          { Type: "MEMORY", Value: "14000" },
          { Type: "VCPU", Value: "4" },
          { Type: "GPU", Value: "1" },
        ]),
      },
    });
  });

  it("is told the region, which its machine does not tell it", () => {
    for (const { Properties } of all("AWS::Batch::JobDefinition")) {
      const { Environment } = Properties.ContainerProperties as { Environment: object[] };
      expect(Environment).toContainEqual({ Name: "AWS_REGION", Value: SAMPLE.region });
    }
  });

  it("has the instance drained when Spot takes it back, and time to write its checkpoint", () => {
    const [template] = Object.values(withEdge.findResources("AWS::EC2::LaunchTemplate"));
    const told = JSON.stringify((template as Resource).Properties);
    expect(told).toContain("echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config");
    expect(told).toContain("echo ECS_CONTAINER_STOP_TIMEOUT=100s >> /etc/ecs/ecs.config");
  });

  it("is tried again where Spot took the machine, it was stopped, or could not be started, in this order", () => {
    withEdge.hasResourceProperties("AWS::Batch::JobDefinition", {
      RetryStrategy: {
        Attempts: 10,
        EvaluateOnExit: [
          { Action: "RETRY", OnStatusReason: "Host EC2*" },
          { Action: "RETRY", OnExitCode: "143" }, // SIGTERM
          { Action: "RETRY", OnReason: "Cannot*" }, // CannotPullContainerError and its like
          { Action: "RETRY", OnStatusReason: "Task failed to start*" },
          { Action: "EXIT", OnReason: "*" },
        ],
      },
      Timeout: { AttemptDurationSeconds: 10 * 3600 },
    });
  });

  it("goes to Spot first, then to on-demand instances", () => {
    withEdge.hasResourceProperties("AWS::Batch::JobQueue", {
      ComputeEnvironmentOrder: [
        {
          Order: 1,
          ComputeEnvironment: {
            "Fn::GetAtt": [Match.stringLikeRegexp("^TrainingQueueGpuSpot"), Match.anyValue()],
          },
        },
        {
          Order: 2,
          ComputeEnvironment: {
            "Fn::GetAtt": [Match.stringLikeRegexp("^TrainingQueueGpuOnDemand"), Match.anyValue()],
          },
        },
      ],
    });
  });

  it("is cancelled when it can never start", () => {
    const { JobStateTimeLimitActions } = all("AWS::Batch::JobQueue")[0]!.Properties as {
      JobStateTimeLimitActions: { Action: string; State: string; Reason: string }[];
    };
    expect(JobStateTimeLimitActions.map(({ Reason }) => Reason)).toEqual([
      "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
      "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
      "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
    ]);
    for (const { Action, State } of JobStateTimeLimitActions) {
      expect([Action, State]).toEqual(["CANCEL", "RUNNABLE"]);
    }
  });

  it("runs on NVIDIA's Amazon Linux 2023, and nothing runs while nothing trains", () => {
    const environments = [withEdge, withoutEdge].flatMap(
      (template) =>
        Object.values(template.findResources("AWS::Batch::ComputeEnvironment")) as Resource[],
    );
    expect(environments).toHaveLength(4);
    for (const { Properties } of environments) {
      expect(Properties.ComputeResources).toMatchObject({
        Ec2Configuration: [{ ImageType: "ECS_AL2023_NVIDIA" }],
        InstanceTypes: ["g4dn.xlarge", "g5.xlarge"],
        MinvCpus: 0,
        MaxvCpus: 8,
        LaunchTemplate: { Version: { "Fn::GetAtt": [expect.any(String), "LatestVersionNumber"] } },
      });
    }
    const types = environments.map(({ Properties }) => (Properties.ComputeResources as { Type: string }).Type); // prettier-ignore
    expect(types.toSorted()).toEqual(["EC2", "EC2", "SPOT", "SPOT"]);
  });

  it("has a disk that holds its image", () => {
    withEdge.hasResourceProperties("AWS::EC2::LaunchTemplate", {
      LaunchTemplateData: {
        BlockDeviceMappings: [
          { DeviceName: "/dev/xvda", Ebs: { VolumeSize: 100, VolumeType: "gp3", Encrypted: true } },
        ],
        MetadataOptions: { HttpTokens: "required" },
      },
    });
  });

  it("finds the edge's bucket and its keys where there is an edge, and only there", () => {
    withEdge.hasResourceProperties("AWS::Batch::JobDefinition", {
      ContainerProperties: {
        Environment: Match.arrayWith([
          {
            Name: "AFTERWORD_EDGE_STORE",
            Value: `https://${SAMPLE.cloudflare.accountId}.r2.cloudflarestorage.com/our-models`,
          },
        ]),
        Secrets: [
          { Name: "AFTERWORD_EDGE_ACCESS_KEY_ID", ValueFrom: endingWith(":accessKeyId::") },
          { Name: "AFTERWORD_EDGE_SECRET_ACCESS_KEY", ValueFrom: endingWith(":secretAccessKey::") },
        ],
      },
    });
    expect(JSON.stringify(withoutEdge.toJSON())).not.toContain("AFTERWORD_EDGE");
  });
});

describe("the training job without a GPU", () => {
  it("runs on Fargate, Spot first, on all the vCPUs that are allowed", () => {
    const environments = Object.entries(
      onFargate.findResources("AWS::Batch::ComputeEnvironment"),
    ).map(([id, resource]) => {
      const { Properties } = resource as Resource;
      const { Type, MaxvCpus } = Properties.ComputeResources as { Type: string; MaxvCpus: number };
      return [id.replace(/[0-9A-F]{8}$/, ""), Type, MaxvCpus];
    });
    expect(environments).toEqual([
      ["TrainingQueueCpuSpot", "FARGATE_SPOT", 16],
      ["TrainingQueueCpuOnDemand", "FARGATE", 16],
    ]);
    onFargate.hasResourceProperties("AWS::Batch::JobDefinition", {
      PlatformCapabilities: ["FARGATE"],
      ContainerProperties: {
        Command: ["job"],
        ResourceRequirements: [
          { Type: "MEMORY", Value: "32768" },
          { Type: "VCPU", Value: "16" },
        ],
        EphemeralStorage: { SizeInGiB: 30 },
        NetworkConfiguration: { AssignPublicIp: "ENABLED" },
        Environment: Match.arrayWith([{ Name: "AFTERWORD_MACHINE", Value: "fargate-16" }]),
      },
    });
  });

  it("asks EC2 for nothing", () => {
    expect(onFargate.findResources("AWS::EC2::LaunchTemplate")).toEqual({});
    expect(JSON.stringify(onFargate.toJSON())).not.toContain("GPU");
  });

  it("has an image of its own, of the same Dockerfile", async () => {
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

describe("schedules", () => {
  const schedules = () =>
    Object.values(withEdge.findResources("AWS::Scheduler::Schedule")) as Resource[];

  it("are one a model that has one, in its time zone, on or off", () => {
    const told = schedules().map(({ Properties }) => [
      Properties.Name,
      Properties.ScheduleExpression,
      Properties.ScheduleExpressionTimezone,
      Properties.State,
    ]);
    expect(told).toEqual([
      ["notes", "cron(0 3 ? * SUN *)", "Europe/Vienna", "ENABLED"],
      ["mails", "rate(7 days)", "Etc/UTC", "DISABLED"],
    ]);
  });

  it("submit the model's plan to the queue", () => {
    const { Target } = schedules()[0]!.Properties as {
      Target: { Arn: unknown; Input: { "Fn::Join": [string, unknown[]] }; RetryPolicy: object };
    };
    expect(JSON.stringify(Target.Arn)).toContain(":scheduler:::aws-sdk:batch:submitJob");
    const input = Target.Input["Fn::Join"][1].map((part) =>
      typeof part === "string" ? part : Object.values(part as object).flat()[0],
    );
    expect(JSON.parse(input.join(""))).toEqual({
      JobName: "notes-scheduled",
      JobQueue: expect.stringMatching(/^TrainingQueue/),
      JobDefinition: expect.stringMatching(/^TrainingDefinition/),
      ContainerOverrides: {
        Environment: [
          { Name: "AFTERWORD_MODEL", Value: "notes" },
          { Name: "AFTERWORD_CORPUS", Value: "notes" },
          { Name: "AFTERWORD_TOKENIZER", Value: "text" },
          { Name: "AFTERWORD_PRESET", Value: "medium" },
          { Name: "AFTERWORD_SETTINGS", Value: '{"epochs":20,"keepProb":0.6}' },
          { Name: "AFTERWORD_GATE_TOLERANCE_PERCENT", Value: "1" },
        ],
      },
    });
    expect(Target.RetryPolicy).toEqual({
      MaximumRetryAttempts: 5,
      MaximumEventAgeInSeconds: 3600,
    });
  });
});

describe("alarms", () => {
  it("reach the address", () => {
    withEdge.hasResourceProperties("AWS::SNS::Subscription", {
      Protocol: "email",
      Endpoint: "ops@example.com",
    });
  });

  it.each([
    ["a failed job", "Batch Job State Change", { status: ["FAILED"] }],
    ["a queue that is stuck", "Batch Job Queue Blocked", {}],
  ])("tell of %s", (_, type, detail) => {
    withEdge.hasResourceProperties("AWS::Events::Rule", {
      EventPattern: {
        source: ["aws.batch"],
        "detail-type": [type],
        detail: Match.objectLike({
          ...detail,
          jobQueue: [{ "Fn::GetAtt": [Match.stringLikeRegexp("^TrainingQueue"), "JobQueueArn"] }],
        }),
      },
      Targets: [Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp("^AlarmsTopic") } })],
    });
  });

  it("cancel a job that cannot start while nothing else runs", () => {
    const [machine] = Object.values(withEdge.findResources("AWS::StepFunctions::StateMachine"));
    const { DefinitionString } = (machine as Resource).Properties as {
      DefinitionString: { "Fn::Join": [string, unknown[]] };
    };
    const text = DefinitionString["Fn::Join"][1].map((part) =>
      typeof part === "string" ? part : "REF",
    );
    const { States } = JSON.parse(text.join("")) as {
      States: Record<string, { Resource?: string; Seconds?: number; Parameters?: object }>;
    };
    expect(States.UntilStuck!.Seconds).toBe(6 * 3600);
    expect(States.UntilLate!.Seconds).toBe(18 * 3600);
    expect(States.Cancel).toMatchObject({
      Resource: expect.stringContaining("aws-sdk:batch:terminateJob"),
      Parameters: { "JobId.$": "$.detail.jobId" },
    });
    for (const after of ["Stuck", "Late"]) {
      expect(States[`CountRUNNING${after}`]!.Parameters).toMatchObject({ JobStatus: "RUNNING" });
    }
  });

  it("look at each submitted job again when it is late", () => {
    withEdge.hasResourceProperties("AWS::Events::Rule", {
      EventPattern: Match.objectLike({ detail: Match.objectLike({ status: ["SUBMITTED"] }) }),
      Targets: [Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp("^AlarmsWatch") } })],
    });
    withEdge.hasResourceProperties("AWS::StepFunctions::StateMachine", {
      DefinitionString: endingWith(Match.stringLikeRegexp(`"Seconds":${18 * 3600}[,}]`)),
    });
  });

  it("tell of what a schedule could not submit, and of a month that costs too much", () => {
    withEdge.hasResourceProperties("AWS::CloudWatch::Alarm", {
      Namespace: "AWS/SQS",
      MetricName: "ApproximateNumberOfMessagesVisible",
      AlarmActions: [{ Ref: Match.stringLikeRegexp("^AlarmsTopic") }],
    });
    withEdge.hasResourceProperties("AWS::Budgets::Budget", {
      Budget: { BudgetLimit: { Amount: 75, Unit: "USD" }, TimeUnit: "MONTHLY" },
    });
  });
});

describe("a schedule", () => {
  it("waits for its group, which it names by its name alone", () => {
    for (const { DependsOn } of Object.values(withEdge.findResources("AWS::Scheduler::Schedule"))) {
      expect((DependsOn as string[]).some((id) => id.startsWith("Schedules"))).toBe(true);
    }
  });
});

describe("the edge's function", () => {
  it("may read every version of the Worker, so that a new one changes no policy", () => {
    const policies = JSON.stringify(withEdge.findResources("AWS::IAM::Policy"));
    expect(policies).toContain("/*.form");
    expect(policies).not.toMatch(/\/[0-9a-f]{64}\.form/);
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
    expect(withoutEdge.findResources("AWS::Lambda::Function")).toEqual({});
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
