// The README's first command, as a stranger runs it: from an empty data folder to predictions, and a second time.

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

const PROGRAM = fileURLToPath(new URL("../../cli/afterword.ts", import.meta.url));
const PORT = 18_787;
const URL_OF_EDGE = `http://127.0.0.1:${PORT}`;

let data: string;
beforeAll(async () => (data = await mkdtemp(join(tmpdir(), "start-"))));
afterAll(() => rm(data, { recursive: true, force: true }));

interface Start {
  child: ChildProcess;
  output: () => string;
  /** Resolves when the playground's address has been printed. */
  ready: Promise<void>;
  end(): Promise<void>;
}

function start(): Start {
  const words = [PROGRAM, "start", "--port", String(PORT), "--data", data];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const ready = new Promise<void>((settle, reject) => {
    const see = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes("playground: ")) settle();
    };
    child.stdout.on("data", see);
    child.stderr.on("data", see);
    child.once("exit", () => reject(new Error(`ended before it was ready:\n${output}`)));
  });
  const end = async () => {
    child.kill("SIGINT");
    if (child.exitCode === null) await once(child, "exit");
  };
  return { child, output: () => output, ready, end };
}

interface Answer {
  version: string;
  predictions: { word: string; insert: string }[];
}

async function ask(text: string): Promise<Answer> {
  const answer = await fetch(`${URL_OF_EDGE}/v1/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text, limit: 5 }),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Answer;
}

async function predict(text: string) {
  return (await ask(text)).predictions;
}

/** Processes whose command line names our data folder. */
async function processesLeft(): Promise<string[]> {
  const found: string[] = [];
  for (const id of await readdir("/proc")) {
    if (!/^\d+$/.test(id)) continue;
    const line = await readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "");
    if (line.includes(data)) found.push(line.replaceAll("\0", " "));
  }
  return found;
}

describe("a start stopped while it trains", () => {
  it("predicts with the base model meanwhile, and leaves no process behind", async () => {
    const stopped = start();
    await stopped.ready;
    expect(stopped.output()).not.toContain("epoch");
    expect(stopped.output()).toMatch(/after "the United": States/);
    expect((await predict("the state of the ")).length).toBe(5);
    await vi.waitFor(() => expect(stopped.output()).toContain("words/s"), { timeout: 60_000 });
    await stopped.end();
    expect(stopped.child.exitCode).toBe(0);
    expect(stopped.output()).toContain("the next npm start goes on from here");
    expect(stopped.output()).not.toContain("published");
    expect(await processesLeft()).toEqual([]);
  });
});

describe("the next start", () => {
  let first: Start;
  beforeAll(async () => {
    first = start();
    await first.ready;
    await vi.waitFor(() => expect(first.output()).toContain("published version"), {
      timeout: 1_500_000,
      interval: 500,
    });
  }, 1_510_000);
  afterAll(() => first.end());

  it("shows the training's progress, and serves what it made", async () => {
    expect(first.output()).toMatch(/epoch 1: perplexity/);
    const isServed = async () => expect(first.output()).toContain(`published version ${(await ask("the ")).version}`); // prettier-ignore
    await vi.waitFor(isServed, { timeout: 60_000 });
  }, 70_000);

  it.each([
    ["the united", "states"],
    ["the united ", "states"],
    ["the state of the ", "union"],
    ["the state of the", "union"],
  ])("after %j offers %j", async (text, word) => {
    const words = (await predict(text)).map((prediction) => prediction.word.toLowerCase());
    expect(words).toContain(word);
  });

  it("completes a word that the text ends inside of", async () => {
    const predictions = await predict("the uni");
    expect(predictions.length).toBeGreaterThan(1);
    for (const { word } of predictions) expect(word.toLowerCase()).toMatch(/^uni/);
  });

  it("spells a word as the text mostly does", async () => {
    expect((await predict("the United "))[0]).toMatchObject({ word: "States", insert: "States" });
  });

  it("refuses to start beside itself", async () => {
    const second = start();
    await expect(second.ready).rejects.toThrow(`http://127.0.0.1:${PORT} already; stop it`);
  });

  it("leaves no process behind after Ctrl-C", async () => {
    await first.end();
    expect(first.child.exitCode).toBe(0);
    expect(await processesLeft()).toEqual([]);
  });
});

describe("a start after that", () => {
  it("serves the published model and trains nothing", async () => {
    const second = start();
    await second.ready;
    expect(second.output()).not.toContain("epoch");
    expect((await predict("the united "))[0]!.word).toBe("States");
    await second.end();
    expect(await processesLeft()).toEqual([]);
  });
});
