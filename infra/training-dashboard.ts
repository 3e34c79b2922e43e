// infra/training-dashboard: one page that shows how training goes, from the lines that jobs print (job/contract).

import { Duration } from "aws-cdk-lib";
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  Metric,
} from "aws-cdk-lib/aws-cloudwatch";
import { FilterPattern, MetricFilter } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { ModelConfig } from "#config/project";
import type { TrainingAlarms } from "./training-alarms.ts";
import type { TrainingJob } from "./training-job.ts";

const WIDTH = 12; // of the page's 24 columns

/** What the dashboard shows; see TrainingDashboard. */
export interface TrainingDashboardProps {
  /** Whose jobs and logs are shown. */
  readonly job: TrainingJob;
  /** Which alarms are shown. */
  readonly alarms: TrainingAlarms;
  /** Whose figures are shown. */
  readonly models: readonly ModelConfig[];
  /** The CloudWatch namespace of the metrics. */
  readonly namespace: string;
}

/**
 * A CloudWatch dashboard: each model's figures over time, the jobs, and the alarms.
 *
 * @example
 * const { dashboard } = new TrainingDashboard(this, "Dashboard", { job, alarms, models, namespace });
 */
export class TrainingDashboard extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: TrainingDashboardProps) {
    super(scope, id);
    const { job, alarms } = props;
    this.dashboard = new Dashboard(this, "Page", { defaultInterval: Duration.days(28) });
    this.dashboard.addWidgets(
      new GraphWidget({
        title: "Validation perplexity",
        width: WIDTH,
        left: this.#perModel("ValidPerplexity", "valid_perplexity", props),
      }),
      new GraphWidget({
        title: "Words a second",
        width: WIDTH,
        left: this.#perModel("WordsPerSecond", "words_per_second", props),
      }),
    );
    this.dashboard.addWidgets(
      new LogQueryWidget({
        title: "Runs that ended",
        width: 2 * WIDTH,
        view: LogQueryVisualizationType.TABLE,
        logGroupNames: [job.logGroup.logGroupName],
        queryLines: [
          'filter event = "finished"',
          "fields @timestamp, model, run, version, test_perplexity, promoted, seconds",
          "sort @timestamp desc",
          "limit 50",
        ],
      }),
    );
    this.dashboard.addWidgets(
      new GraphWidget({
        title: "Jobs that failed",
        width: WIDTH,
        left: [
          new Metric({
            namespace: "AWS/Events",
            metricName: "MatchedEvents",
            dimensionsMap: { RuleName: alarms.failures.ruleName },
            statistic: "Sum",
            period: Duration.days(1),
          }),
        ],
      }),
      new AlarmStatusWidget({ title: "Alarms", width: WIDTH, alarms: [alarms.unsubmitted] }),
    );
  }

  /** A number that jobs print after each epoch, as one curve a model. */
  #perModel(metricName: string, field: string, props: TrainingDashboardProps): Metric[] {
    const { job, models, namespace } = props;
    new MetricFilter(this, metricName, {
      logGroup: job.logGroup,
      filterPattern: FilterPattern.stringValue("$.event", "=", "epoch"),
      metricNamespace: namespace,
      metricName,
      metricValue: `$.${field}`,
      dimensions: { Model: "$.model" },
    });
    return models.map(
      ({ name }) =>
        new Metric({
          namespace,
          metricName,
          dimensionsMap: { Model: name },
          label: name,
          period: Duration.minutes(5),
        }),
    );
  }
}
