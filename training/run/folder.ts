// training/run/folder: a run's files in a folder of this machine.

import { randomUUID } from "node:crypto";
import { appendFile, link, mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from "node:fs/promises"; // prettier-ignore
import { join } from "node:path";
import { describeFileError } from "./file-error.ts";
import type { RunFiles } from "./files.ts";

const PARTIAL = ".partial"; // the ending of files that are being written

export class RunFolder implements RunFiles {
  readonly address: string;
  readonly #unwritten = new Map<string, Uint8Array>(); // what could not be appended yet

  /** The folder is made when a first file is written. */
  constructor(path: string) {
    this.address = path;
  }

  addressOf(name: string): string {
    return join(this.address, name);
  }

  async list(): Promise<string[]> {
    return (await this.#orMissing(readdir(this.address), [])).sort();
  }

  async read(name: string): Promise<Uint8Array | null> {
    return this.#orMissing(readFile(this.addressOf(name)), null);
  }

  async write(name: string, data: Uint8Array | string): Promise<void> {
    const path = this.addressOf(name);
    await this.#writePartial(path + PARTIAL, data);
    await rename(path + PARTIAL, path).catch((error) => this.#fail(error));
  }

  async create(name: string, data: string): Promise<boolean> {
    const path = this.addressOf(name);
    const partial = `${path}.${randomUUID()}${PARTIAL}`;
    await this.#writePartial(partial, data);
    try {
      await link(partial, path); // unlike a rename, it never replaces
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    } finally {
      await rm(partial, { force: true });
    }
  }

  async append(name: string, data: Uint8Array | string): Promise<void> {
    const before = this.#unwritten.get(name) ?? new Uint8Array();
    const all = Buffer.concat([before, Buffer.from(data)]);
    const path = this.addressOf(name);
    const { size } = await stat(path).catch(() => ({ size: 0 }));
    try {
      await mkdir(this.address, { recursive: true });
      await appendFile(path, all);
      this.#unwritten.delete(name);
    } catch (error) {
      this.#unwritten.set(name, all);
      await truncate(path, size).catch(() => {}); // a part of it may stand there; or there is no file
      throw error;
    }
  }

  async flush(): Promise<void> {
    for (const name of this.#unwritten.keys()) await this.append(name, "");
  }

  async delete(name: string): Promise<void> {
    await rm(this.addressOf(name), { force: true });
  }

  async #writePartial(path: string, data: Uint8Array | string): Promise<void> {
    try {
      await mkdir(this.address, { recursive: true });
      await writeFile(path, data, { flush: true });
    } catch (error) {
      await rm(path, { force: true }).catch(() => {}); // on a full disk it would take what the next attempt needs
      this.#fail(error);
    }
  }

  async #orMissing<T, M>(reading: Promise<T>, missing: M): Promise<T | M> {
    try {
      return await reading;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return missing;
      return this.#fail(error);
    }
  }

  #fail(error: unknown): never {
    throw describeFileError(error, `run folder "${this.address}"`);
  }
}
