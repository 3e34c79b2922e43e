// edge/environment: what wrangler.jsonc binds to the Worker.

import type { Session } from "./session.ts";

export interface Environment {
  MODELS: R2Bucket;
  SESSIONS: DurableObjectNamespace<Session>;
}
