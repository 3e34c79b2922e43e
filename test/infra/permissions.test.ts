// What is kept, and who may do what with it.

import { readFile } from "node:fs/promises";
import { Match } from "aws-cdk-lib/assertions";
import type { Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it } from "vitest";
import { resourcesOf, SYNTHESIS_LIMIT_MS, sampleTemplate } from "./sample-template.ts";
import type { Resource } from "./sample-template.ts";

let withEdge: Template;
let onFargate: Template;
beforeAll(async () => {
  withEdge = await sampleTemplate("gpu");
  onFargate = await sampleTemplate("cpu");
}, SYNTHESIS_LIMIT_MS);

const all = (type: string) => [withEdge, onFargate].flatMap((template) => resourcesOf(template, type)); // prettier-ignore

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

  it.each([
    [
      "a job read corpora, write runs and models, and delete of runs alone",
      "^TrainingRole",
      [
        [["s3:ListBucket"], []],
        [["s3:GetObject"], ["/corpora/*", "/models/*", "/runs/*"]],
        [
          ["s3:AbortMultipartUpload", "s3:PutObject"],
          ["/models/*", "/runs/*"],
        ],
        [["s3:DeleteObject"], ["/runs/*"]],
      ],
    ],
    [
      "the schedules' function read what it compares, and submit the job",
      "^RetrainingFunction",
      [
        [["sqs:SendMessage"], []],
        [["s3:ListBucket"], []],
        [["s3:GetObject"], ["/corpora/*", "/models/*", "/runs/*/settings.json"]],
        [["batch:SubmitJob"], []],
      ],
    ],
    [
      "a schedule call that function",
      "^Schedulenotes",
      [
        [["lambda:InvokeFunction"], []],
        [["sqs:SendMessage"], []],
      ],
    ],
  ])("let %s", (_, role, expected) => {
    const [policy] = Object.values(
      withEdge.findResources("AWS::IAM::Policy", {
        Properties: { Roles: [{ Ref: Match.stringLikeRegexp(role) }] },
      }),
    ) as Resource[];
    const { Statement } = policy!.Properties.PolicyDocument as {
      Statement: { Action: string | string[]; Resource: unknown }[];
    };
    const allowed = Statement.map(({ Action, Resource }) => [
      [Action].flat().toSorted(),
      (JSON.stringify(Resource).match(/\/\w+\/\*[^"]*/g) ?? []).toSorted(),
    ]);
    expect(allowed).toEqual(expected);
  });

  it("let the schedules' function submit this job to this queue, and no other", () => {
    withEdge.hasResourceProperties("AWS::IAM::Policy", {
      Roles: [{ Ref: Match.stringLikeRegexp("^RetrainingFunction") }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Effect: "Allow",
            Action: "batch:SubmitJob",
            Resource: [
              { "Fn::GetAtt": [Match.stringLikeRegexp("^TrainingQueue"), "JobQueueArn"] },
              { Ref: Match.stringLikeRegexp("^TrainingDefinition") },
            ],
          },
        ]),
      },
    });
  });
});

describe("the edge's function", () => {
  it("may read every version of the Worker, so that a new one changes no policy", () => {
    const policies = JSON.stringify(withEdge.findResources("AWS::IAM::Policy"));
    expect(policies).toContain("/*.form");
    expect(policies).not.toMatch(/\/[0-9a-f]{64}\.form/);
  });
});
