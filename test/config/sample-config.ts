// test/config/sample-config: a configuration with everything in it, as cdk.json would hold it.

export const SAMPLE = {
  stackName: "Sample",
  region: "eu-central-1",
  models: [
    {
      name: "notes",
      corpus: "notes",
      tokenizer: "text",
      preset: "medium",
      settings: { epochs: 20, keepProb: 0.6 },
      gateTolerancePercent: 1,
      schedule: { expression: "cron(0 3 ? * SUN *)", timeZone: "Europe/Vienna", enabled: true },
    },
    {
      name: "mails",
      corpus: "mails",
      tokenizer: "text",
      from: "current",
      preset: "quick",
      settings: {},
      minutes: 45,
      gateTolerancePercent: 0.5,
      schedule: { expression: "rate(7 days)", timeZone: "Etc/UTC", enabled: false },
    },
    {
      name: "by-hand",
      corpus: "notes",
      tokenizer: "whitespace",
      preset: "small",
      settings: { tied: true },
      gateTolerancePercent: 0,
    },
  ],
  training: {
    instanceTypes: ["g4dn.xlarge", "g5.xlarge"],
    maxVcpus: 8,
    timeLimitHours: 10,
    lateAfterHours: 24,
  },
  alerts: { email: "ops@example.com", monthlyBudgetUsd: 75 },
  cloudflare: {
    accountId: "0123456789abcdef0123456789abcdef",
    tokenSecret: "afterword/cloudflare",
    tokenRevision: 1,
    workerName: "afterword",
    bucketName: "our-models",
    route: { zoneId: "fedcba9876543210fedcba9876543210", pattern: "predict.example.com/*" },
    apiKeyHashes: [`ann:${"0".repeat(64)}`],
  },
};
