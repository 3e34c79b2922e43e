// cli/edge-option: the options of commands that run the edge on this machine, and how long it runs.

import { DEFAULT_DATA_FOLDER, startLocalEdge } from "#ops/local-edge";
import type { LocalEdge } from "#ops/local-edge";
import type { Arguments, OptionSpec } from "./command.ts";
import { PORT_OPTION, readPort } from "./port-option.ts";
import { abortOnSignals } from "./signals.ts";

export const EDGE_OPTIONS: Record<string, OptionSpec> = {
  port: PORT_OPTION,
  data: {
    value: "DIR",
    help: "where its models and sessions are kept",
    default: DEFAULT_DATA_FOLDER,
    isPath: true,
  },
};

/** Starts the edge, does the work, and serves on until a signal or the Worker's own end. */
export async function withLocalEdge(
  args: Arguments,
  work: (edge: LocalEdge, signal: AbortSignal) => Promise<void>,
): Promise<undefined> {
  const { signal, release } = abortOnSignals("stopped");
  const edge = await startLocalEdge(readPort(args), args.requireText("data"));
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve());
  });
  try {
    await Promise.race([work(edge, signal), aborted]);
    await Promise.race([edge.ended, aborted]);
    if (!signal.aborted) throw new Error("the edge's process ended by itself; start it again");
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await edge.stop();
    release();
  }
}
