// The batch job, on instances with a GPU and on Fargate: its container, its queue and what it is told.

import { Match } from "aws-cdk-lib/assertions";
import type { Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it } from "vitest";
import { SAMPLE } from "../config/sample-config.ts";
import { endingWith, resourcesOf, SYNTHESIS_LIMIT_MS, sampleTemplate } from "./sample-template.ts";
import type { Resource } from "./sample-template.ts";

let withEdge: Template;
let withoutEdge: Template;
let onFargate: Template;
beforeAll(async () => {
  withEdge = await sampleTemplate("gpu");
  withoutEdge = await sampleTemplate("gpu", { hasEdge: false });
  onFargate = await sampleTemplate("cpu");
}, SYNTHESIS_LIMIT_MS);

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
    const definitions = [withEdge, onFargate].flatMap((template) =>
      resourcesOf(template, "AWS::Batch::JobDefinition"),
    );
    for (const { Properties } of definitions) {
      const { Environment } = Properties.ContainerProperties as { Environment: object[] };
      expect(Environment).toContainEqual({ Name: "AWS_REGION", Value: SAMPLE.region });
    }
  });

  it("has the instance drained when Spot takes it back, and time to write its checkpoint", () => {
    const [template] = resourcesOf(withEdge, "AWS::EC2::LaunchTemplate");
    const told = JSON.stringify(template!.Properties);
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
    const { JobStateTimeLimitActions } = resourcesOf(withEdge, "AWS::Batch::JobQueue")[0]!
      .Properties as {
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
    const environments = resourcesOf(withEdge, "AWS::Batch::ComputeEnvironment");
    expect(environments).toHaveLength(2);
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
    expect(types.toSorted()).toEqual(["EC2", "SPOT"]);
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
});
