import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CheckpointStore } from "#training/run/checkpoint-store";
import { RunFolder } from "#training/run/folder";

let folder: string;
let files: RunFolder;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "checkpoints-"));
  files = new RunFolder(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const dataOf = (step: number) => new Uint8Array(1_000).fill(step);

/** A run with a checkpoint after each of these steps, each with best weights of its own. */
async function save(...steps: number[]): Promise<CheckpointStore> {
  const checkpoints = new CheckpointStore(files);
  for (const step of steps) {
    const best = await checkpoints.saveFile(`best-0000${step}.safetensors`, dataOf(step));
    await checkpoints.save(dataOf(step), { step, dependsOn: [best] });
  }
  return checkpoints;
}

async function find() {
  const damages: string[] = [];
  const checkpoints = new CheckpointStore(files);
  const found = await checkpoints.findNewest((damage) => damages.push(damage));
  return { found: found && Uint8Array.from(found), checkpoints, damages };
}

describe("checkpoints", () => {
  it("of the first release are found with the files that they name as needed", async () => {
    await save(1, 2);
    const name = "checkpoint-00000002.json";
    const written = await readFile(join(folder, name), "utf8");
    await writeFile(join(folder, name), written.replace('"dependsOn"', '"needs"'));
    const { checkpoints, damages } = await find();
    expect(checkpoints.last!.dependsOn.map((file) => file.name)).toEqual([
      "best-00002.safetensors",
    ]);
    expect(damages).toEqual([]);
  });

  it("are found by a later process, the newest first", async () => {
    await save(1, 2, 3);
    const { found, checkpoints, damages } = await find();
    expect(found).toEqual(dataOf(3));
    expect(checkpoints.last).toMatchObject({
      step: 3,
      dependsOn: [{ name: "best-00003.safetensors" }],
    });
    expect(damages).toEqual([]);
  });

  it("are kept two at a time, with what they need and nothing half-written", async () => {
    await files.write("checkpoint-00000001.safetensors.partial", "");
    await files.write("metrics.jsonl", "");
    await save(1, 2, 3);
    expect((await readdir(folder)).sort()).toEqual([
      "best-00002.safetensors",
      "best-00003.safetensors",
      "checkpoint-00000002.json",
      "checkpoint-00000002.safetensors",
      "checkpoint-00000003.json",
      "checkpoint-00000003.safetensors",
      "metrics.jsonl",
    ]);
  });

  it.each([
    ["was cut off", "checkpoint-00000002.safetensors", (path: string) => truncate(path, 999)],
    ["has a wrong byte", "checkpoint-00000002.safetensors", flipByte],
    ["is gone", "checkpoint-00000002.safetensors", (path: string) => rm(path)],
    ["has a damaged manifest", "checkpoint-00000002.json", (path: string) => truncate(path, 40)],
    ["dependsOn a file that has a wrong byte", "best-00002.safetensors", flipByte],
    ["dependsOn a file that is gone", "best-00002.safetensors", (path: string) => rm(path)],
  ])("are passed over where the newest %s", async (_, name, damage) => {
    await save(1, 2);
    await damage(join(folder, name));
    const { found, checkpoints, damages } = await find();
    expect(found).toEqual(dataOf(1));
    expect(damages).toEqual([
      expect.stringMatching(/^checkpoint .*2\.json is damaged: .* before$/),
    ]);
    // the next one takes a number of its own, and the damaged one's place among the two
    await checkpoints.save(dataOf(7), { step: 7, dependsOn: [] });
    const names = (await readdir(folder)).filter((file) => file.startsWith("checkpoint-"));
    expect(names.map((file) => file.slice(0, 19)).sort()).toEqual(
      [1, 1, 3, 3].map((number) => `checkpoint-0000000${number}`),
    );
  });

  it("that were never finished do not count", async () => {
    await save(1, 2);
    await rm(join(folder, "checkpoint-00000002.json"));
    const { found, damages } = await find();
    expect(found).toEqual(dataOf(1));
    expect(damages).toEqual([]);
  });

  it("are none where all are damaged", async () => {
    await save(1, 2);
    for (const number of [1, 2]) {
      await flipByte(join(folder, `checkpoint-0000000${number}.safetensors`));
    }
    const { found, damages } = await find();
    expect(found).toBeNull();
    expect(damages).toHaveLength(2);
  });
});

async function flipByte(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[bytes.length >> 1]! ^= 1;
  await writeFile(path, bytes);
}
