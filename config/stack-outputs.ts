// config/stack-outputs: the names of the stack's outputs. The stack writes them; commands read them with DescribeStacks.

export const OUTPUTS = {
  bucketName: "BucketName", // of corpora, runs and models
  jobQueueArn: "JobQueueArn",
  jobDefinitionArn: "JobDefinitionArn", // of its newest revision
  scheduleGroupName: "ScheduleGroupName", // a schedule in it has its model's name
  logGroupName: "LogGroupName", // of the jobs' output
  scheduleLogGroupName: "ScheduleLogGroupName", // of what was decided when a schedule's time had come
  alertTopicArn: "AlertTopicArn",
  dashboardUrl: "DashboardUrl",
  edgeUrl: "EdgeUrl", // absent without an edge
  edgeNotes: "EdgeNotes", // what Cloudflare warned of at the last upload, or "none"
  edgeStore: "EdgeStore", // absent without an edge; https://ACCOUNT.r2.cloudflarestorage.com/BUCKET
  edgeCredentialsSecretArn: "EdgeCredentialsSecretArn", // absent without an edge; JSON {accessKeyId, secretAccessKey}
  edgeMissing: "EdgeMissing", // how to add one, where there is none
} as const;

export type OutputName = (typeof OUTPUTS)[keyof typeof OUTPUTS];
