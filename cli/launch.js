#!/usr/bin/env node
// cli/launch: runs the command line: in a package as it was built, in the repository with a Node that reads TypeScript: this one,
// or else the pinned one that npm installed. It is JavaScript that Node 20 reads.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PROGRAM = new URL("./afterword.ts", import.meta.url);
const BUILT = new URL("../dist/cli/afterword.js", import.meta.url);
const OLDEST_NODE = 22; // that runs what was built: relaxed SIMD
const PINNED_NODE = fileURLToPath(new URL("../node_modules/node/bin/node", import.meta.url));

if (existsSync(BUILT) && !existsSync(PROGRAM)) {
  if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE) await import(BUILT.href);
  else fail(`Node ${process.versions.node} is too old; it needs Node ${OLDEST_NODE} or later`);
} else if (process.features.typescript) {
  await import(PROGRAM.href);
} else if (existsSync(PINNED_NODE)) {
  const words = [fileURLToPath(PROGRAM), ...process.argv.slice(2)];
  const child = spawn(PINNED_NODE, words, { stdio: "inherit" });
  process.on("SIGINT", () => {}); // Ctrl-C reaches it too, and it says how it ended
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (status, signal) => {
    if (signal === null) process.exit(status);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
} else {
  fail(
    `Node ${process.versions.node} reads no TypeScript, and the one of this project is not installed; run "npm ci" in its folder`,
  );
}

function fail(message) {
  process.stderr.write(`afterword: ${message}\n`);
  process.exitCode = 1;
}
