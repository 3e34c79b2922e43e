// training/run/checkpoint-store: the last two checkpoints of a run, each found whole or not at all. What is in them is
// checkpoint's business.
//
// checkpoint-00000007.safetensors is written first and read back, then checkpoint-00000007.json, which names its digest
// and those of other files that it depends on: without that manifest there is no checkpoint.

import { createHash } from "node:crypto";
import { z } from "zod";
import type { RunFiles } from "./files.ts";

const KEPT = 2;

const savedFile = z.object({
  name: z.string(),
  sha256: z.string(), // hex
  bytes: z.number(),
});

const checkpointManifest = z
  .object({
    step: z.number(), // of the whole run
    writtenAt: z.string(), // ISO 8601
    file: savedFile,
    dependsOn: z.array(savedFile).optional(), // other files that it is nothing without
    needs: z.array(savedFile).optional(), // the same, in runs of the first release
  })
  .transform(({ needs = [], dependsOn = needs, ...manifest }) => ({ ...manifest, dependsOn }));

export type SavedFile = z.infer<typeof savedFile>;
export type CheckpointManifest = z.infer<typeof checkpointManifest>;

const MANIFEST_NAME = /^checkpoint-(\d{8})\.json$/;

export class CheckpointStore {
  readonly #files: RunFiles;
  readonly #kept: CheckpointManifest[] = []; // newest first
  #number = 0; // of the newest, whole or not

  constructor(files: RunFiles) {
    this.#files = files;
  }

  /** The newest checkpoint that was written or found. */
  get last(): CheckpointManifest | undefined {
    return this.#kept[0];
  }

  /**
   * Finds the newest checkpoint that is whole, and returns its file; null where there is none.
   * @param onDamaged hears of each newer one that is not
   */
  async findNewest(onDamaged: (notice: string) => void): Promise<Uint8Array | null> {
    const names = (await this.#files.list()).filter((name) => MANIFEST_NAME.test(name)).reverse();
    this.#number = Number(MANIFEST_NAME.exec(names[0] ?? "")?.[1] ?? 0);
    for (const name of names) {
      const manifest = parseManifest(await this.#files.read(name));
      const fault = manifest ? await this.#findFault(manifest) : `${name} cannot be read`;
      if (manifest && fault === undefined) {
        this.#kept.push(manifest);
        return this.#files.read(manifest.file.name);
      }
      onDamaged(
        `checkpoint ${this.#files.addressOf(name)} is damaged: ${fault}; taking the one before`,
      );
    }
    return null;
  }

  /** Writes a file and reads it back; throws when it is not what was written. */
  async saveFile(name: string, data: Uint8Array): Promise<SavedFile> {
    await this.#files.write(name, data);
    const file = { name, sha256: digestOf(data), bytes: data.length };
    const fault = await this.#findFaultOf(file);
    if (fault !== undefined) throw new Error(`what was written cannot be read back: ${fault}`);
    return file;
  }

  /** Writes a checkpoint; then the one before the last goes, with all that only it needed. */
  async save(data: Uint8Array, { step, dependsOn }: { step: number; dependsOn: SavedFile[] }) {
    const name = `checkpoint-${String(this.#number + 1).padStart(8, "0")}`;
    const file = await this.saveFile(`${name}.safetensors`, data);
    const manifest = { step, writtenAt: new Date().toISOString(), file, dependsOn };
    await this.#files.write(`${name}.json`, JSON.stringify(manifest));
    this.#number++;
    this.#kept.unshift(manifest);
    this.#kept.splice(KEPT);
    await this.#deleteOthers();
  }

  // Also what was left half-written when a process was killed.
  async #deleteOthers(): Promise<void> {
    const names = this.#kept.flatMap(({ file, dependsOn }) => [
      file.name,
      file.name.replace(/safetensors$/, "json"),
      ...dependsOn.map(({ name }) => name),
    ]);
    for (const name of await this.#files.list()) {
      if (/^(checkpoint|best)-/.test(name) && !names.includes(name)) await this.#files.delete(name);
    }
  }

  async #findFault({ file, dependsOn }: CheckpointManifest): Promise<string | undefined> {
    for (const saved of [file, ...dependsOn]) {
      const fault = await this.#findFaultOf(saved);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  async #findFaultOf({ name, sha256, bytes }: SavedFile): Promise<string | undefined> {
    const data = await this.#files.read(name);
    if (data === null) return `${name} is missing`;
    if (data.length !== bytes) return `${name} has ${data.length} bytes instead of ${bytes}`;
    const digest = digestOf(data);
    return digest === sha256 ? undefined : `${name} has sha256 ${digest} instead of ${sha256}`;
  }
}

function parseManifest(data: Uint8Array | null): CheckpointManifest | undefined {
  try {
    return checkpointManifest.parse(JSON.parse(new TextDecoder().decode(data!)));
  } catch {
    return undefined; // cut off, written over, or deleted meanwhile
  }
}

function digestOf(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}
