// edge/environment: what wrangler.jsonc binds to the Worker, and its secrets.

import type { PlacementSettings } from "./placement.ts";

export interface Environment extends PlacementSettings {
  MODELS: R2Bucket;
  SESSIONS: DurableObjectNamespace; // of Session; sessions gives it that type
  PROFILES: DurableObjectNamespace; // of Profile; profiles gives it that type
  SESSION_QUOTAS: DurableObjectNamespace; // of SessionQuota; session-quota gives it that type
  FEEDBACK: DurableObjectNamespace; // of Feedback; report-feedback gives it that type
  FEEDBACK_EVENTS?: AnalyticsEngineDataset; // every report too, where it is bound
  RATE_LIMIT: RateLimit;
  CORS_ORIGINS: string; // see middleware.ts
  SESSIONS_PER_DAY: string; // see session-quota.ts
  LOCAL_ONLY?: string; // set by `afterword serve`, see local-only.ts
  API_KEY_HASHES?: string; // secret, see keys.ts
  STATE_KEYS?: string; // secret, see state-token.ts
}
