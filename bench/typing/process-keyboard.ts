// bench/typing/process-keyboard: a program in a process of its own: a line is the text up to the cursor, its answer a line of words
// with tabs between them. Its first line says that it is ready.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Keyboard } from "./protocol.ts";

/** @throws Error where the program ends before it is ready, or while it is asked */
export async function startKeyboard(
  command: string,
  args: string[],
  env: Record<string, string>,
): Promise<Keyboard> {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let [failure, complaint] = [null as Error | null, ""];
  child.once("error", (error) => (failure = error));
  child.stdin.on("error", (error) => (failure ??= error));
  child.stderr.on("data", (bytes: Buffer) => (complaint = (complaint + bytes).slice(-500)));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(failure?.message ?? `${command} ended: ${complaint.trim()}`);
    return value;
  };
  await next();
  return {
    async list(before, typed) {
      child.stdin.write(`${before}${typed}\n`);
      return (await next()).split("\t");
    },
    close() {
      child.stdin.end();
    },
  };
}
