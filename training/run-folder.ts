// training/run-folder: the files of a run: settings, metrics, the best weights so far, and what it ends with.

import { appendFileSync, mkdirSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

export class RunFolder {
  readonly path: string;
  readonly #written = new Set<string>();

  /** Makes the folder; a run of the same name is written over. */
  constructor(path: string) {
    this.path = path;
    mkdirSync(path, { recursive: true });
  }

  get masterPath(): string {
    return join(this.path, "master.safetensors");
  }

  get edgePath(): string {
    return join(this.path, "edge.safetensors");
  }

  /** Whether this run has written the file; one of an earlier run does not count. */
  hasWritten(name: string): boolean {
    return this.#written.has(name);
  }

  /** Writes a file whole: a reader sees the old one or the new one, never a part. */
  async write(name: string, data: Uint8Array | string): Promise<void> {
    const path = join(this.path, name);
    await writeFile(`${path}.partial`, data, { flush: true });
    await rename(`${path}.partial`, path);
    this.#written.add(name);
  }

  /** Appends a line to `metrics.jsonl`. */
  logMetrics(metrics: object): void {
    appendFileSync(join(this.path, "metrics.jsonl"), JSON.stringify(metrics) + "\n");
  }
}
