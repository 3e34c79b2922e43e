// training/run/lease: keeps a second process away from a run. A lease is a file that only one can have created; it ends
// by itself, so that a run whose process was killed can go on elsewhere. What such a file says is lease-file's.
//
// To take over an ended lease is to create the next number, which of two processes only one can do.

import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { RunFiles } from "./files.ts";
import {
  describeHolder,
  findLease,
  isOver,
  LEASE_SECONDS,
  leaseName,
  leaseNumber,
  newEnd,
} from "./lease-file.ts";
import type { LeaseFile } from "./lease-file.ts";

const RENEWALS = 3; // within its time
const SPARE_MS = 200; // waited beyond a lease's end, whose clock may be another

/** Another process is training the run: it may be tried again later. */
export class LeaseHeldError extends Error {
  override name = "LeaseHeldError";
}

/** This process's right to a run, renewed until it is released. */
export class RunLease {
  readonly #files: RunFiles;
  readonly #number: number;
  #file: LeaseFile;
  readonly #onNotice: (problem: string) => void;
  readonly #timer: NodeJS.Timeout;
  #renewing: Promise<void> | undefined;
  readonly #loss = new AbortController();

  private constructor(
    files: RunFiles,
    number: number,
    file: LeaseFile,
    onNotice: (notice: string) => void,
  ) {
    this.#files = files;
    this.#number = number;
    this.#file = file;
    this.#onNotice = onNotice;
    this.#timer = setInterval(() => void this.#renew(), (LEASE_SECONDS * 1000) / RENEWALS);
    this.#timer.unref();
  }

  /**
   * Takes the run for this process. A lease that a process elsewhere left behind ends within `LEASE_SECONDS`: that is waited for.
   * @param onNotice hears what is waited for, and why a renewal failed
   * @throws LeaseHeldError naming the holder, when another process has the run and renews its lease
   */
  static async take(
    files: RunFiles,
    onNotice: (notice: string) => void,
    signal?: AbortSignal,
  ): Promise<RunLease> {
    // of the lease that was seen to be over: a later one may be another's by now
    const number = (await waitUntilFree(files, onNotice, signal)) + 1;
    const file = { id: randomUUID(), host: hostname(), process: process.pid, endsAt: newEnd() };
    const isCreated = await files.create(leaseName(number), JSON.stringify(file));
    const highest = await findLease(files);
    // a rival may have created this number before us, and another one the number after it
    if (!isCreated || highest.number !== number) {
      throw new LeaseHeldError(describeHolder(files, highest.file ?? file));
    }
    for (const name of await files.list()) {
      if (leaseNumber(name) > 0 && leaseNumber(name) < number) await files.delete(name);
    }
    return new RunLease(files, number, file, onNotice);
  }

  /** Aborts when another process has taken the run over, as it may once a lease has ended without being renewed. */
  get lost(): AbortSignal {
    return this.#loss.signal;
  }

  /** Throws unless the run is still this process's: to be asked before anything is written that counts. */
  async check(): Promise<void> {
    if (isOver(this.#file)) await this.#renew(); // after a suspend, or a store that was out of reach
    this.lost.throwIfAborted();
  }

  /** Lets others have the run at once. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewing;
    if (this.lost.aborted) return;
    await this.#write(new Date().toISOString()).catch((error: Error) => {
      this.#onNotice(`the lease of the run stays until it ends: ${error.message}`);
    });
  }

  async #renew(): Promise<void> {
    this.#renewing ??= this.#tryToRenew().finally(() => (this.#renewing = undefined));
    await this.#renewing;
  }

  async #tryToRenew(): Promise<void> {
    try {
      const { number, file } = await findLease(this.#files);
      if (number > this.#number) {
        const taker = file ? `process ${file.process} on ${file.host}` : "another process";
        this.#loss.abort(
          new Error(
            `${taker} took over run "${this.#files.address}" when this one's lease had ended; it goes on there`,
          ),
        );
        return clearInterval(this.#timer);
      }
      await this.#write(newEnd());
    } catch (error) {
      this.#onNotice(`the run's lease could not be renewed: ${(error as Error).message}`);
    }
  }

  async #write(endsAt: string): Promise<void> {
    const file = { ...this.#file, endsAt };
    await this.#files.write(leaseName(this.#number), JSON.stringify(file));
    this.#file = file;
  }
}

/**
 * Waits until no other process has the run.
 * @returns the number of its last lease, 0 where there was none
 * @throws LeaseHeldError where one has it that works here, or renews its lease meanwhile
 */
export async function waitUntilFree(
  files: RunFiles,
  onNotice: (notice: string) => void,
  signal?: AbortSignal,
): Promise<number> {
  const { number, file } = await findLease(files);
  if (!file || isOver(file)) return number;
  const restMs = Date.parse(file.endsAt) - Date.now() + SPARE_MS;
  const mayEnd = file.host !== hostname() && restMs <= LEASE_SECONDS * 1000 + SPARE_MS;
  if (!mayEnd) throw new LeaseHeldError(describeHolder(files, file));
  onNotice(
    `run "${files.address}" was being trained by process ${file.process} on ${file.host}: waiting ` +
      `${Math.ceil(restMs / 1000)} s, until its lease ends at ${file.endsAt}`,
  );
  await delay(restMs, undefined, { signal });
  const later = await findLease(files);
  if (!later.file || isOver(later.file)) return later.number;
  throw new LeaseHeldError(describeHolder(files, later.file));
}
