// Which attempts of a training job are made again, by the rules of its definition, on an instance and on Fargate.

import { beforeAll, describe, expect, it } from "vitest";
import type { Compute } from "#config/hardware";
import { decide } from "./batch-retries.ts";
import type { FailedAttempt, RetryRule } from "./batch-retries.ts";
import { sampleTemplate } from "./sample-template.ts";

let onInstances: RetryRule[];
let onFargate: RetryRule[];
beforeAll(async () => {
  onInstances = await rulesOf("gpu");
  onFargate = await rulesOf("cpu");
});

async function rulesOf(compute: Compute): Promise<RetryRule[]> {
  const template = await sampleTemplate(compute);
  const [job] = Object.values(template.findResources("AWS::Batch::JobDefinition"));
  return (job as { Properties: { RetryStrategy: { EvaluateOnExit: RetryRule[] } } }).Properties
    .RetryStrategy.EvaluateOnExit;
}

describe("an attempt that failed", () => {
  const ended = "Essential container in task exited";

  it.each<["RETRY" | "EXIT", string, FailedAttempt]>([
    ["RETRY", "Spot took the instance", { statusReason: "Host EC2 (instance i-0a) terminated." }],
    ["RETRY", "it was stopped", { exitCode: 143, statusReason: ended }],
    ["RETRY", "no image", { reason: "CannotPullContainerError: pull", statusReason: "Task failed to start" }], // prettier-ignore
    ["RETRY", "no container", { reason: "CannotCreateContainerError: no space left" }],
    ["RETRY", "a slow Docker", { reason: "DockerTimeoutError: 4m0s", statusReason: "Task failed to start" }], // prettier-ignore
    ["EXIT", "it failed", { exitCode: 1, reason: "Error", statusReason: ended }],
    ["EXIT", "memory ran out", { exitCode: 137, reason: "OutOfMemoryError: killed", statusReason: ended }], // prettier-ignore
    ["EXIT", "a wrong environment", { exitCode: 2, reason: "Error", statusReason: ended }],
  ])("on an instance: %s where %s", (action, _, attempt) => {
    expect(decide(onInstances, attempt)).toBe(action);
  });

  it.each<["RETRY" | "EXIT", string, FailedAttempt]>([
    ["RETRY", "Spot took it", { exitCode: 137, statusReason: "Your Spot Task was interrupted." }],
    ["RETRY", "it was stopped", { exitCode: 143, statusReason: ended }],
    ["RETRY", "no network", { statusReason: "Timeout waiting for network interface provisioning to complete." }], // prettier-ignore
    ["RETRY", "no secret", { statusReason: "ResourceInitializationError: unable to pull secrets or registry auth" }], // prettier-ignore
    ["RETRY", "no image", { statusReason: "CannotPullContainerError: ref pull has been retried 5 time(s)" }], // prettier-ignore
    ["RETRY", "no disk", { statusReason: "Timeout waiting for EphemeralStorage provisioning to complete." }], // prettier-ignore
    ["EXIT", "it failed", { exitCode: 1, statusReason: ended }],
    ["EXIT", "memory ran out", { exitCode: 137, reason: "OutOfMemoryError: killed", statusReason: ended }], // prettier-ignore
    ["EXIT", "a wrong environment", { exitCode: 2, statusReason: ended }],
  ])("on Fargate: %s where %s", (action, _, attempt) => {
    expect(decide(onFargate, attempt)).toBe(action);
  });
});
