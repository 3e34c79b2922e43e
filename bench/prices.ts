// bench/prices: Cloudflare's list prices that serving words costs, in dollars; Workers Paid, October 2026, beyond what the
// plan includes. https://developers.cloudflare.com/workers/platform/pricing/

const MILLION = 1e6;

const PRICES = {
  request: 0.3 / MILLION,
  cpu_ms: 0.02 / MILLION,
  object_request: 0.15 / MILLION,
  object_gb_second: 12.5 / MILLION,
  row_written: 1 / MILLION,
};

/** Messages of a WebSocket are billed twenty for one request. */
export const MESSAGES_PER_REQUEST = 20;
/** Objects are billed for this much memory while they run, whatever they hold. */
const OBJECT_GB = 0.128;

export interface Metered {
  requests: number; // of the Worker
  object_requests: number; // messages and alarms among them
  rows_written: number;
  cpu_ms: number;
  object_ms: number; // that objects ran
}

/** What that costs. */
export function dollarsOf(metered: Metered): number {
  return (
    metered.requests * PRICES.request +
    metered.cpu_ms * PRICES.cpu_ms +
    metered.object_requests * PRICES.object_request +
    (metered.object_ms / 1000) * OBJECT_GB * PRICES.object_gb_second +
    metered.rows_written * PRICES.row_written
  );
}
