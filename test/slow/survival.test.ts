// Runs that are killed, that run out of disk, and whose store fails: each ends with the bytes of one that met no trouble.

import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readObjectAddress } from "#registry/url";
import { ObjectStore } from "#registry/object-store";
import { seededRandom } from "../tiny-model.ts";
import { startLocalBucket } from "../local-bucket.ts";
import type { LocalBucket } from "../local-bucket.ts";
import { writeTinyCorpus } from "../training/tiny-run.ts";
import { failing, startStoreProxy } from "../fakes/store-proxy.ts";
import type { StoreProxy } from "../fakes/store-proxy.ts";

const PROGRAM = fileURLToPath(new URL("../../cli/afterword.ts", import.meta.url));
const KILLS = 20;
const FAILING_SHARE = 0.2;
const WAIT = { timeout: 120_000, interval: 20 };
const random = seededRandom(20);

// about 900 steps, and a checkpoint several times a second
const SETTINGS = (
  "--engine wasm --threads 1 --preset small --vocabulary-size 100 --hidden-size 40 --num-layers 2 --batch-size 5 " +
  "--num-steps 10 --epochs 4 --dropout 0.8 --checkpoint-minutes 0.003"
).split(" ");

let folder: string;
let whole: Finished;
let startSeconds: number; // until the engine runs
let trainSeconds: number; // from then to the end
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "survival-"));
  await writeTinyCorpus(join(folder, "text.txt"));
  const run = start(join(folder, "whole"));
  const started = performance.now();
  await saying(run, "engine: ");
  startSeconds = (performance.now() - started) / 1000;
  whole = await finish(run);
  trainSeconds = (performance.now() - started) / 1000 - startSeconds;
}, 300_000);
afterAll(() => rm(folder, { recursive: true }));

interface Run {
  child: ChildProcess;
  stdout: () => string;
  stderr: () => string;
}

interface Finished {
  master: string; // its path or URL
  losses: { step: number; loss: number }[];
  test_perplexity: number;
}

/** Starts the run that is there, or goes on with it. */
function start(run: string, shell = 'exec "$@"'): Run {
  const words = [PROGRAM, "train", "--corpus", join(folder, "text.txt"), "--run", run, "--resume"];
  const all = [process.execPath, ...words, "--json", ...SETTINGS];
  const child = spawn("sh", ["-c", shell, "sh", ...all], { stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  return { child, stdout: () => output.stdout, stderr: () => output.stderr };
}

function saying(run: Run, words: string): Promise<void> {
  return vi.waitFor(() => expect(run.stderr()).toContain(words), WAIT);
}

async function ended(run: Run): Promise<number | null> {
  if (run.child.exitCode === null && run.child.signalCode === null) await once(run.child, "close");
  return run.child.exitCode;
}

async function finish(run: Run): Promise<Finished> {
  expect(await ended(run), run.stderr()).toBe(0);
  return JSON.parse(run.stdout()) as Finished;
}

async function expectWhole(
  finished: Finished,
  readMaster: (master: string) => Promise<Buffer> = (path) => readFile(path),
): Promise<void> {
  expect(finished.losses).toEqual(whole.losses);
  expect(finished.test_perplexity).toBe(whole.test_perplexity);
  const [master, expected] = [await readMaster(finished.master), await readFile(whole.master)];
  expect(Buffer.compare(master, expected)).toBe(0);
}

/** Kills the run at a moment by chance: one time in four while it starts, else while it trains. */
async function killAtRandom(run: Run): Promise<boolean> {
  if (random() < 0.25) {
    await delay(random() * startSeconds * 1000);
  } else {
    await saying(run, "engine: ");
    await delay(random() * 0.15 * trainSeconds * 1000);
  }
  run.child.kill("SIGKILL");
  await ended(run);
  return run.child.signalCode === "SIGKILL";
}

describe("a run that is killed", () => {
  it(`at ${KILLS} random moments ends as if it had not been`, async () => {
    let runs = 1;
    const path = () => join(folder, `killed-${runs}`);
    for (let kills = 0; kills < KILLS;) {
      const run = start(path());
      if (await killAtRandom(run)) {
        kills++;
        continue;
      }
      await expectWhole(await finish(run)); // it was faster than we
      runs++;
    }
    await expectWhole(await finish(start(path())));
    const lines = (await readFile(join(path(), "metrics.jsonl"), "utf8")).trim().split("\n");
    const steps = lines.map((line) => JSON.parse(line)).filter(({ loss }) => loss !== undefined);
    expect(new Set(steps.map(({ step }) => step)).size).toBe(steps.length);
  });

  it.each(["SIGTERM", "SIGINT"] as const)(
    "by %s leaves a checkpoint of its last step",
    async (signal) => {
      const path = join(folder, signal);
      const run = start(path);
      await saying(run, "engine: ");
      await delay(0.3 * trainSeconds * 1000);
      run.child.kill(signal);
      expect(await ended(run)).toBe(1);
      expect(run.stderr()).toMatch(
        /afterword: training stopped; the last checkpoint, after step \d+, is .*: --resume goes on/,
      );
      await expectWhole(await finish(start(path)));
    },
  );

  it("is refused to a second process while the first one lives", async () => {
    const path = join(folder, "leased");
    const first = start(path);
    await saying(first, "engine: ");
    const second = start(path);
    expect(await ended(second)).toBe(1);
    expect(second.stderr()).toContain(`is being trained by process ${first.child.pid} on `);
    first.child.kill("SIGKILL");
    await ended(first);
    await expectWhole(await finish(start(path)));
  });
});

describe("a run whose disk", () => {
  it("takes no file as large as a checkpoint says so, fails, and goes on when it does", async () => {
    const path = join(folder, "small-files");
    const run = start(path, 'ulimit -f 32; exec "$@"');
    expect(await ended(run)).toBe(1);
    expect(run.stderr()).toMatch(/no checkpoint could be written after step \d+: EFBIG: .* yet/);
    expect(run.stderr()).toMatch(
      /\nafterword: EFBIG: file too large, write; there is no checkpoint/,
    );
    await expectWhole(await finish(start(path)));
  });

  it("is full keeps its last checkpoint and goes on from it when there is room", async ({
    skip,
  }) => {
    const disk = join(folder, "disk");
    await mkdir(disk);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "none", disk], { stdio: "ignore" });
    } catch {
      skip("a small disk needs the right to mount one");
    }
    try {
      const path = join(disk, "run");
      const run = start(path);
      await vi.waitFor(() => readFile(join(path, "checkpoint-00000002.json")), WAIT);
      await fill(join(disk, "ballast"));
      await saying(run, "no checkpoint could be written after step ");
      expect(run.stderr()).toMatch(
        /: the disk is full; make room \(ENOSPC\); the last checkpoint, after step \d+, is /,
      );
      expect(await ended(run)).toBe(1); // its results have no room either
      expect(run.stderr()).toMatch(
        /\nafterword: run folder ".*": the disk is full; make room \(ENOSPC\); the last checkpoint, after step \d+, is /,
      );
      await rm(join(disk, "ballast"));
      const resumed = start(path);
      await expectWhole(await finish(resumed));
      expect(resumed.stderr()).toMatch(/goes on after step \d+/);
      expect(resumed.stderr()).not.toContain("is damaged");
    } finally {
      execFileSync("umount", [disk]);
    }
  });
});

/** Leaves no room on a disk. */
async function fill(path: string): Promise<void> {
  for (let bytes = 1 << 20; bytes >= 1; bytes >>= 1) {
    for (;;) {
      try {
        await writeFile(path, new Uint8Array(bytes), { flag: "a" });
      } catch {
        break; // full, for so many
      }
    }
  }
}

describe("a run whose store", () => {
  let local: LocalBucket;
  let proxy: StoreProxy;
  beforeAll(async () => {
    local = await startLocalBucket();
    proxy = await startStoreProxy(local.address);
    proxy.decide = failing(FAILING_SHARE);
  }, 60_000);
  afterAll(async () => {
    await proxy.close();
    await local.close();
  });

  const readMaster = async (url: string) => {
    const { location, prefix } = readObjectAddress(url);
    return Buffer.from((await new ObjectStore(location, { attempts: 8 }).get(prefix))!.body);
  };

  it("fails one request in five, killed three times, ends as if neither had been", async () => {
    const url = `${proxy.address}/runs/flaky`;
    for (let kills = 0; kills < 3; kills++) await killAtRandom(start(url));
    await expectWhole(await finish(start(url)), readMaster);
    expect(proxy.failures).toBeGreaterThan(10);
  });

  it("is gone for a while trains on, and says what it cannot write", async () => {
    const url = `${proxy.address}/runs/gone`;
    const run = start(url);
    await saying(run, "epoch 1: "); // a run that has begun
    proxy.decide = failing(1);
    await saying(run, "no checkpoint could be written after step ");
    proxy.decide = failing(FAILING_SHARE);
    await expectWhole(await finish(run), readMaster);
  });
});
