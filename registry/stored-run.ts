// registry/stored-run: a run's files as objects under a prefix of a bucket. What they mean is training's business, which
// knows this class by its shape alone.

import { formatObjectAddress } from "./url.ts";
import { ConflictError } from "./object-store.ts";
import type { ObjectStore } from "./object-store.ts";

const LOG_INTERVAL_MS = 30_000; // an object cannot grow: to add to it is to write it whole

interface Log {
  parts: Uint8Array[]; // all of it
  isWritten: boolean;
  writtenAt: number;
}

/**
 * A run's folder in a store: the same files as on disk; logs are parts that are joined when read.
 *
 * @example
 * const run = new StoredRun(store, "s3://bucket/runs/notes");
 */
export class StoredRun {
  readonly address: string;
  readonly #store: ObjectStore;
  readonly #prefix: string;
  readonly #logs = new Map<string, Log>();

  /** @param prefix of all keys, e.g. `runs/notes/` */
  constructor(store: ObjectStore, prefix: string) {
    this.#store = store;
    this.#prefix = prefix;
    this.address = formatObjectAddress(store.location, prefix.replace(/\/$/, ""));
  }

  addressOf(name: string): string {
    return `${this.address}/${name}`;
  }

  async list(): Promise<string[]> {
    const keys = await this.#store.list(this.#prefix);
    return keys.map((key) => key.slice(this.#prefix.length)).sort();
  }

  async read(name: string): Promise<Uint8Array | null> {
    return (await this.#store.get(this.#prefix + name))?.body ?? null;
  }

  async write(name: string, data: Uint8Array | string): Promise<void> {
    this.#logs.delete(name);
    await this.#store.put(this.#prefix + name, data);
  }

  /** Writes an object that must not exist yet; says whether it did. `data` must be nobody else's. */
  async create(name: string, data: string): Promise<boolean> {
    try {
      await this.#store.put(this.#prefix + name, data, { ifAbsent: true });
      return true;
    } catch (error) {
      if (error instanceof ConflictError) return false;
      throw error;
    }
  }

  /** Adds to an object, which is written again now and then, and by `flush`. */
  async append(name: string, data: Uint8Array | string): Promise<void> {
    let log = this.#logs.get(name);
    if (!log) {
      const before = await this.read(name);
      log = { parts: before ? [before] : [], isWritten: true, writtenAt: performance.now() };
      this.#logs.set(name, log);
    }
    log.parts.push(Buffer.from(data));
    log.isWritten = false;
    if (performance.now() - log.writtenAt >= LOG_INTERVAL_MS) await this.#writeLog(name, log);
  }

  async flush(): Promise<void> {
    for (const [name, log] of this.#logs) {
      if (!log.isWritten) await this.#writeLog(name, log);
    }
  }

  async delete(name: string): Promise<void> {
    await this.#store.delete(this.#prefix + name);
  }

  async #writeLog(name: string, log: Log): Promise<void> {
    log.writtenAt = performance.now(); // also of an attempt that fails: the next one waits as long
    const whole = Buffer.concat(log.parts);
    log.parts = [whole];
    await this.#store.put(this.#prefix + name, whole);
    log.isWritten = true;
  }
}
