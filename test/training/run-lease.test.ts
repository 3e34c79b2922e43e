import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RunFolder } from "#training/run/folder";
import { LeaseHeldError, RunLease } from "#training/run/lease";

let folder: string;
let files: RunFolder;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lease-"));
  files = new RunFolder(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function take(): Promise<RunLease> {
  return RunLease.take(files, () => {});
}

const NAME = "lease-00000001.json";
const FUTURE = new Date(Date.now() + 3_600_000).toISOString();
const PAST = new Date(Date.now() - 1).toISOString();

function writeLease(changes: object): Promise<void> {
  const lease = { id: "theirs", host: "elsewhere", process: 7, endsAt: FUTURE, ...changes };
  return files.write(NAME, JSON.stringify(lease));
}

describe("a lease", () => {
  it("keeps others away until it is released", async () => {
    const lease = await take();
    await expect(take()).rejects.toThrow(
      new RegExp(
        `^run "${folder}" is being trained by process ${process.pid} on .*, whose lease lasts until 2`,
      ),
    );
    await lease.release();
    await (await take()).release();
  });

  it("is given to exactly one of many that ask at once", async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, take));
    const taken = outcomes.filter((outcome) => outcome.status === "fulfilled");
    expect(taken).toHaveLength(1);
    await taken[0]!.value.release();
  });

  it("is not given to one that had looked before another took it", async () => {
    let lease: RunLease | undefined;
    const slow = new RunFolder(folder);
    const list = slow.list.bind(slow);
    slow.list = async () => {
      const seen = await list();
      lease ??= await take();
      return seen;
    };
    await expect(RunLease.take(slow, () => {})).rejects.toThrow(LeaseHeldError);
    await lease!.check();
    await lease!.release();
  });

  it("of another machine's process lasts until its end", async () => {
    await writeLease({});
    await expect(take()).rejects.toThrow(
      `process 7 on elsewhere, whose lease lasts until ${FUTURE}`,
    );
    await writeLease({ endsAt: PAST });
    await (await take()).release();
  });

  it("of another machine's process that is gone is waited for, as is told", async () => {
    await writeLease({ endsAt: new Date(Date.now() + 300).toISOString() });
    const notices: string[] = [];
    const lease = await RunLease.take(files, (notice) => notices.push(notice));
    expect(notices.join()).toMatch(/process 7 on elsewhere: waiting 1 s, until its lease ends at /);
    await lease.release();
  });

  it("that is renewed while it is waited for is still its holder's", async () => {
    await writeLease({ endsAt: new Date(Date.now() + 300).toISOString() });
    const taking = take();
    await writeLease({});
    await expect(taking).rejects.toThrow(LeaseHeldError);
  });

  it("is waited for until somebody stops the waiting", async () => {
    await writeLease({ endsAt: new Date(Date.now() + 60_000).toISOString() });
    const signal = AbortSignal.abort();
    await expect(RunLease.take(files, () => {}, signal)).rejects.toThrow("aborted");
  });

  it("ends with its process, if that ran here", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    await writeLease({ host: hostname(), process: child.pid });
    await (await take()).release();
  });

  it("that was damaged holds nobody up", async () => {
    await files.write(NAME, '{"id": "th');
    await (await take()).release();
  });

  it("is lost to a process that took the run over after its end", async () => {
    const lease = await take();
    await writeLease({ endsAt: PAST }); // as after a night's sleep of this machine
    const theirs = await take();
    expect(lease.lost.aborted).toBe(false);
    vi.useFakeTimers();
    vi.setSystemTime(Date.now() + 3_600_000);
    await expect(lease.check()).rejects.toThrow(/took over run .* it goes on there/);
    vi.useRealTimers();
    expect(lease.lost.aborted).toBe(true);
    await lease.release();
    await expect(take()).rejects.toThrow("is being trained by"); // theirs is untouched
    await theirs.release();
  });
});
