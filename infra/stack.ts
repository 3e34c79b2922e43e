// infra/stack: everything that `cdk deploy` makes, as a table of contents.

import { CfnOutput, Duration, RemovalPolicy, Stack, Tags } from "aws-cdk-lib";
import { ScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import type { CloudflareConfig, StackConfig } from "#config/project";
import { EdgeWorker } from "./edge-worker.ts";
import { ModelBucket } from "./model-bucket.ts";
import { RetrainingFunction } from "./retraining-function.ts";
import { OUTPUTS } from "#config/stack-outputs";
import type { OutputName } from "#config/stack-outputs";
import { TrainingAlarms } from "./training-alarms.ts";
import { TrainingDashboard } from "./training-dashboard.ts";
import { TrainingJob } from "./training-job.ts";
import { TrainingNetwork } from "./training-network.ts";
import { TrainingSchedule } from "./training-schedule.ts";

const EDGE_MISSING =
  "no edge is deployed: store a Cloudflare API token in Secrets Manager, name it under cloudflare in cdk.json as docs/deploy.md says, and deploy again";

/** What the stack is made from; see AfterwordStack. */
export interface AfterwordStackProps {
  /** What cdk.json says. */
  readonly config: StackConfig;
  /** The file that uploads the edge Worker; needed where the configuration names a Cloudflare account. @default - no edge */
  readonly workerFormPath?: string;
}

/**
 * All of a deployment.
 *
 * @example new AfterwordStack(app, { config, workerFormPath });
 */
export class AfterwordStack extends Stack {
  constructor(scope: Construct, { config, workerFormPath }: AfterwordStackProps) {
    super(scope, config.stackName, {
      env: { region: config.region },
      description: "Afterword: trains a language model and serves it at the edge",
    });
    Tags.of(this).add("afterword", config.stackName);

    const bucket = new ModelBucket(this, "Models");
    const network = new TrainingNetwork(this, "Network", { region: config.region });
    const edge = this.#createEdge(config.cloudflare, workerFormPath);
    const limits = config.training;
    const job = new TrainingJob(this, "Training", { network, bucket, limits, edge });

    const deadLetterQueue = this.#deadLetterQueue();
    const retraining = new RetrainingFunction(this, "Retraining", { job, bucket, deadLetterQueue });
    const group = new ScheduleGroup(this, "Schedules", { removalPolicy: RemovalPolicy.DESTROY });
    for (const model of config.models) {
      const { name, schedule } = model;
      if (!schedule) continue;
      new TrainingSchedule(this, `Schedule-${name}`, {
        model,
        schedule,
        retraining,
        group,
        deadLetterQueue,
      });
    }

    const lateAfter = Duration.hours(config.training.lateAfterHours);
    const { alerts, models } = config;
    const alarms = new TrainingAlarms(this, "Alarms", { job, deadLetterQueue, lateAfter, alerts });
    const namespace = `Afterword/${config.stackName}`;
    const { dashboard } = new TrainingDashboard(this, "Dashboard", { job, alarms, models, namespace }); // prettier-ignore

    this.#addOutputs({
      [OUTPUTS.bucketName]: bucket.bucket.bucketName,
      [OUTPUTS.jobQueueArn]: job.queue.jobQueueArn,
      [OUTPUTS.jobDefinitionArn]: job.definition.jobDefinitionArn,
      [OUTPUTS.scheduleGroupName]: group.scheduleGroupName,
      [OUTPUTS.logGroupName]: job.logGroup.logGroupName,
      [OUTPUTS.scheduleLogGroupName]: retraining.logGroup.logGroupName,
      [OUTPUTS.alertTopicArn]: alarms.topic.topicArn,
      [OUTPUTS.dashboardUrl]: `https://${this.region}.console.aws.amazon.com/cloudwatch/home?region=${this.region}#dashboards/dashboard/${dashboard.dashboardName}`,
      ...(edge
        ? {
            [OUTPUTS.edgeUrl]: edge.url,
            [OUTPUTS.edgeNotes]: edge.notes,
            [OUTPUTS.edgeStore]: edge.store,
            [OUTPUTS.edgeCredentialsSecretArn]: edge.credentials.secretArn,
          }
        : { [OUTPUTS.edgeMissing]: EDGE_MISSING }),
    });
  }

  #createEdge(cloudflare: CloudflareConfig | undefined, formPath = ""): EdgeWorker | undefined {
    return cloudflare && new EdgeWorker(this, "Edge", { cloudflare, formPath });
  }

  /** The calls of schedules that came to no decision or no job, for two weeks. */
  #deadLetterQueue(): Queue {
    return new Queue(this, "Undelivered", {
      enforceSSL: true,
      encryption: QueueEncryption.SQS_MANAGED,
      retentionPeriod: Duration.days(14),
    });
  }

  #addOutputs(outputs: Partial<Record<OutputName, string>>): void {
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
