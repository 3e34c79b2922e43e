// training/run/lease: keeps a second process away from a run. A lease is a file that only one can have created; it ends
// by itself, so that a run whose process was killed can go on elsewhere.
//
// The files are lease-00000001.json, lease-00000002.json, …: the one with the highest number counts. To take over an
// ended lease is to create the next number, which of two processes only one can do.

import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { RunFiles } from "./files.ts";

export const LEASE_SECONDS = 90;
const RENEWALS = 3; // within that time

interface LeaseFile {
  id: string;
  host: string;
  process: number;
  endsAt: string; // ISO 8601
}

const LEASE_NAME = /^lease-(\d{8})\.json$/;

export class RunLease {
  readonly #files: RunFiles;
  readonly #number: number;
  #file: LeaseFile;
  readonly #onProblem: (problem: string) => void;
  readonly #timer: NodeJS.Timeout;
  #renewing: Promise<void> | undefined;
  readonly #loss = new AbortController();

  private constructor(
    files: RunFiles,
    number: number,
    file: LeaseFile,
    onProblem: (problem: string) => void,
  ) {
    this.#files = files;
    this.#number = number;
    this.#file = file;
    this.#onProblem = onProblem;
    this.#timer = setInterval(() => void this.#renew(), (LEASE_SECONDS * 1000) / RENEWALS);
    this.#timer.unref();
  }

  /**
   * Takes the run for this process; throws, naming the holder, when another process has it.
   * @param onProblem hears why a renewal failed
   */
  static async take(files: RunFiles, onProblem: (problem: string) => void): Promise<RunLease> {
    const held = await findHighest(files);
    if (held.file && !isOver(held.file)) throw new Error(describeHolder(files, held.file));
    const number = held.number + 1;
    const file = { id: randomUUID(), host: hostname(), process: process.pid, endsAt: newEnd() };
    const isCreated = await files.create(nameOf(number), JSON.stringify(file));
    const highest = await findHighest(files);
    // a rival may have created this number before us, or the number after it while we were about to
    if (!isCreated || highest.number !== number) {
      throw new Error(describeHolder(files, highest.file ?? file));
    }
    for (const name of await files.list()) {
      if (numberOf(name) > 0 && numberOf(name) < number) await files.delete(name);
    }
    return new RunLease(files, number, file, onProblem);
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
      this.#onProblem(`the lease of the run stays until it ends: ${error.message}`);
    });
  }

  async #renew(): Promise<void> {
    this.#renewing ??= this.#tryToRenew().finally(() => (this.#renewing = undefined));
    await this.#renewing;
  }

  async #tryToRenew(): Promise<void> {
    try {
      const { number, file } = await findHighest(this.#files);
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
      this.#onProblem(`the run's lease could not be renewed: ${(error as Error).message}`);
    }
  }

  async #write(endsAt: string): Promise<void> {
    const file = { ...this.#file, endsAt };
    await this.#files.write(nameOf(this.#number), JSON.stringify(file));
    this.#file = file;
  }
}

async function findHighest(
  files: RunFiles,
): Promise<{ number: number; file: LeaseFile | undefined }> {
  const number = Math.max(0, ...(await files.list()).map(numberOf));
  const data = number > 0 ? await files.read(nameOf(number)) : null;
  return { number, file: data ? parseLease(data) : undefined };
}

/** What a lease says; nothing where it was damaged: then nobody can know of it. */
function parseLease(data: Uint8Array): LeaseFile | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(data)) as LeaseFile;
  } catch {
    return undefined;
  }
}

function nameOf(number: number): string {
  return `lease-${String(number).padStart(8, "0")}.json`;
}

/** The number in a lease's name; 0 for any other file. */
function numberOf(name: string): number {
  return Number(LEASE_NAME.exec(name)?.[1] ?? 0);
}

function newEnd(): string {
  return new Date(Date.now() + LEASE_SECONDS * 1000).toISOString();
}

function isOver({ endsAt, host, process: id }: LeaseFile): boolean {
  return Date.parse(endsAt) <= Date.now() || (host === hostname() && !isAlive(id));
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

function describeHolder({ address }: RunFiles, { host, process: id, endsAt }: LeaseFile): string {
  return (
    `run "${address}" is being trained by process ${id} on ${host}, whose lease lasts until ${endsAt} ` +
    "and is renewed while it runs; stop it, or wait"
  );
}
