// bench/workerd-time: the processor time that workerd takes, from Linux's /proc.

import { readdirSync, readFileSync } from "node:fs";

/** Linux counts a process's time in these. */
export const TICK_MS = 10;

/** The processor time that this process's workerd has taken: the Worker's, its objects' and the server's around them. */
export function workerdMs(): number {
  let ticks = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const stat = readStat(pid);
    if (!stat || stat.parent !== process.pid || !stat.command.includes("workerd")) continue;
    ticks += stat.ticks;
  }
  return ticks * TICK_MS;
}

function readStat(pid: string) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const command = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { command, parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return null; // ended meanwhile
  }
}
