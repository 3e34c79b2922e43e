// test/edge/environment: what `env` and `exports` of cloudflare:workers are in these tests.

import type { Environment } from "../../edge/environment.ts";
import type { Feedback } from "../../edge/feedback.ts";
import type { Profile } from "../../edge/profile.ts";
import type { Session } from "../../edge/session.ts";
import type { SessionQuota } from "../../edge/session-quota.ts";

declare global {
  namespace Cloudflare {
    interface Env extends Omit<
      Environment,
      "SESSIONS" | "PROFILES" | "SESSION_QUOTAS" | "FEEDBACK"
    > {
      SESSIONS: DurableObjectNamespace<Session>;
      FEEDBACK: DurableObjectNamespace<Feedback>;
      PROFILES: DurableObjectNamespace<Profile>;
      SESSION_QUOTAS: DurableObjectNamespace<SessionQuota>;
    }
    interface GlobalProps {
      mainModule: typeof import("../../edge/worker.ts");
    }
  }
}

declare module "vitest" {
  interface ProvidedContext {
    editScripts: number; // how many random scripts to run
    kills: number; // how many kills and evictions of typing writers' objects
    fuzzedRequests: number; // how many random requests, and messages of a socket, to make
    textBytes: number; // how long texts of difficult shapes are
  }
}
