// cli/commands: every command, by its name of one word or two, under the headings of the help. A new one is a file in
// commands/ and a line here.

import type { Command } from "./command.ts";

type Load = () => Promise<Command>;

/** Loaded when called: `predict` need not wait for what `train` imports. */
export const COMMAND_GROUPS: Record<string, Record<string, Load>> = {
  "A model on this machine": {
    start: async () => (await import("./commands/start.ts")).start,
    train: async () => (await import("./commands/train.ts")).train,
    evaluate: async () => (await import("./commands/evaluate.ts")).evaluate,
    predict: async () => (await import("./commands/predict.ts")).predict,
    export: async () => (await import("./commands/export.ts")).exportModel,
    serve: async () => (await import("./commands/serve.ts")).serve,
    lsp: async () => (await import("./commands/lsp.ts")).lsp,
  },
  Releases: {
    publish: async () => (await import("./commands/publish.ts")).publish,
    promote: async () => (await import("./commands/promote.ts")).promote,
    rollback: async () => (await import("./commands/rollback.ts")).rollback,
    models: async () => (await import("./commands/models.ts")).models,
    feedback: async () => (await import("./commands/feedback.ts")).feedback,
    "models show": async () => (await import("./commands/models-show.ts")).modelsShow,
  },
  "A deployment": {
    doctor: async () => (await import("./commands/doctor.ts")).doctor,
    deploy: async () => (await import("./commands/deploy.ts")).deploy,
    "corpus push": async () => (await import("./commands/corpus-push.ts")).corpusPush,
    retrain: async () => (await import("./commands/retrain.ts")).retrain,
    jobs: async () => (await import("./commands/jobs.ts")).jobs,
    logs: async () => (await import("./commands/logs.ts")).logs,
    sweep: async () => (await import("./commands/sweep.ts")).sweep,
    "sweep rank": async () => (await import("./commands/sweep.ts")).sweepRank,
    "schedule list": async () => (await import("./commands/schedule.ts")).scheduleList,
    "schedule set": async () => (await import("./commands/schedule.ts")).scheduleSet,
    "schedule pause": async () => (await import("./commands/schedule.ts")).schedulePause,
    "schedule resume": async () => (await import("./commands/schedule.ts")).scheduleResume,
    costs: async () => (await import("./commands/costs.ts")).costs,
    destroy: async () => (await import("./commands/destroy.ts")).destroy,
    job: async () => (await import("./commands/job.ts")).job,
  },
};

/** The same without the headings. */
export const COMMANDS: Record<string, Load> = Object.assign({}, ...Object.values(COMMAND_GROUPS));
