// bench/cost-worker: a meter around the bundled Worker. Counts what Cloudflare bills, lets a session's clock run as fast as
// letters come, and holds answers back as long as the storage would where they have to wait for it.

// @ts-expect-error -- the bundle lies beside this file where it runs
import worker, { Session } from "./worker.js";

const meter = { requests: 0, object_requests: 0, messages: 0, rows_written: 0, alarms: 0 };
const settings = { msPerLetter: 0, flushMs: 0 };
const { now: realNow } = Date;
let ahead = 0;
Date.now = () => realNow() + ahead;

type Write = (key: unknown, value?: unknown, options?: { allowUnconfirmed?: boolean }) => unknown;

class MeteredSession extends Session {
  readonly #clock: { alarmAt: number | null; flushedAt: number };

  constructor(ctx: any, env: any) {
    const clock = { alarmAt: null as number | null, flushedAt: 0 };
    const count = (options?: { allowUnconfirmed?: boolean }) => {
      meter.rows_written++;
      if (!options?.allowUnconfirmed) clock.flushedAt = realNow() + settings.flushMs;
    };
    const { storage } = ctx;
    const put: Write = storage.put.bind(storage);
    storage.put = (key: unknown, value: unknown, options?: { allowUnconfirmed?: boolean }) => (count(options), put(key, value, options)); // prettier-ignore
    const { kv } = storage;
    const putKv: Write = kv.put.bind(kv);
    kv.put = (key: unknown, value: unknown) => (count(), putKv(key, value));
    storage.getAlarm = async () => clock.alarmAt;
    storage.setAlarm = async (at: number, options?: { allowUnconfirmed?: boolean }) => {
      count(options);
      clock.alarmAt = at;
    };
    super(ctx, env);
    this.#clock = clock;
  }

  async create(...words: unknown[]) {
    meter.object_requests++;
    return super.create(...words);
  }

  async predict(caller: unknown, change: unknown, socket?: unknown) {
    if (!socket) {
      meter.object_requests++;
      await this.#pass();
    }
    const answer = await super.predict(caller, change, socket);
    await this.#flush();
    return answer;
  }

  async fetch(request: Request) {
    meter.object_requests++;
    return super.fetch(request);
  }

  async webSocketMessage(socket: unknown, message: unknown) {
    meter.messages++;
    await this.#pass();
    return super.webSocketMessage(socket, message);
  }

  /** A letter's time passes, and with it an alarm that is due. */
  async #pass() {
    ahead += settings.msPerLetter;
    if (this.#clock.alarmAt === null || this.#clock.alarmAt > Date.now()) return;
    this.#clock.alarmAt = null;
    meter.alarms++;
    await super.alarm();
  }

  async #flush() {
    const wait = this.#clock.flushedAt - realNow();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

export { MeteredSession as Session };

export default {
  async fetch(request: Request, env: unknown, context: unknown) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/meter") {
      const counted = { ...meter };
      for (const name of Object.keys(meter)) meter[name as keyof typeof meter] = 0;
      settings.msPerLetter = Number(searchParams.get("ms_per_letter") ?? 0);
      settings.flushMs = Number(searchParams.get("flush_ms") ?? 0);
      return Response.json(counted);
    }
    meter.requests++;
    return worker.fetch(request, env, context);
  },
};
