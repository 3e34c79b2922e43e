// ops/local-edge: runs the edge Worker on this machine, in workerd, with its storage in a folder. Leaves no process.

import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { findWrangler, QUIET_WRANGLER } from "#config/wrangler";

export const DEFAULT_PORT = 8787;
export const DEFAULT_DATA_FOLDER = ".afterword";

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 1_500; // what was answered is on disk by then: waiting for idle connections gains nothing
const POLL_INTERVAL_MS = 100;
const ASK_LIMIT_MS = 2_000;
const OUTPUT_KEPT = 4_000; // characters, shown when the start fails

/** Where the edge of that port is. */
export function localEdgeUrl(port: number): string {
  return `http://127.0.0.1:${port}`;
}

export interface LocalEdge {
  url: string;
  /** Resolves when the Worker's process has ended, by itself or by `stop`. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

const CONFIG = fileURLToPath(new URL("../edge/wrangler.jsonc", import.meta.url));

/** Starts the edge and waits until it answers; throws with the Worker's output when it does not. */
export async function startLocalEdge(port: number, dataFolder: string): Promise<LocalEdge> {
  await requireFreePort(port);
  const where = ["--config", CONFIG, "--ip", "127.0.0.1", "--port", String(port)];
  const how = ["--persist-to", resolve(dataFolder), "--show-interactive-dev-session=false", "--var", "LOCAL_ONLY:yes"]; // prettier-ignore
  const child = spawn(process.execPath, [findWrangler(), "dev", ...where, ...how], {
    detached: true, // a process group of its own: Ctrl-C reaches us alone, and we end the whole group
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...QUIET_WRANGLER },
  });
  let output = "";
  const keep = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-OUTPUT_KEPT));
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve())).then(() => {
    hasEnded = true;
  });
  const killGroup = (signal: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, signal);
    } catch {
      // the group is gone already, which is what was wanted
    }
  };
  const killAtExit = () => killGroup("SIGKILL");
  process.once("exit", killAtExit);
  const stop = async () => {
    killGroup("SIGTERM");
    await Promise.race([ended, delay(STOP_LIMIT_MS)]);
    killGroup("SIGKILL");
    process.off("exit", killAtExit);
  };

  const url = localEdgeUrl(port);
  const deadline = performance.now() + START_LIMIT_MS;
  while (!(await answers(url))) {
    if (hasEnded || performance.now() > deadline) {
      await stop();
      throw new Error(`the local edge did not start on port ${port}:\n${output.trim()}`);
    }
    await delay(POLL_INTERVAL_MS);
  }
  return { url, ended, stop };
}

async function requireFreePort(port: number): Promise<void> {
  const server = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => resolve(true));
  });
  if (isFree) {
    await new Promise((resolve) => server.close(resolve));
    return;
  }
  const url = localEdgeUrl(port);
  const holder = (await isEdge(url))
    ? `an edge of Afterword runs at ${url} already`
    : `port ${port} is taken`;
  throw new Error(
    `${holder}; stop it, or choose another port with --port (npm start -- --port ${port + 1})`,
  );
}

async function isEdge(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/openapi.json`, {
      signal: AbortSignal.timeout(ASK_LIMIT_MS),
    });
    const { paths } = (await answer.json()) as { paths?: object };
    return paths !== undefined && "/v1/predict" in paths;
  } catch {
    return false; // it speaks no HTTP, or answers otherwise, or not in time
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    // any status will do: /health says 503 while there is no model
    await fetch(`${url}/health`, { signal: AbortSignal.timeout(ASK_LIMIT_MS) });
    return true;
  } catch {
    return false;
  }
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
