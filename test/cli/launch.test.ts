// The command line under a Node that reads no TypeScript, as Node 20 and 22 do not.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

const WITHOUT_TYPES = ["--no-experimental-strip-types", "cli/launch.js"];

it.each([[["cli/launch.js"]], [WITHOUT_TYPES]])("runs as %j, with its exit status", (start) => {
  const run = (...words: string[]) =>
    spawnSync(process.execPath, [...start, ...words], { encoding: "utf8" });
  expect(run("--version")).toMatchObject({ status: 0, stderr: "" });
  expect(run("--version").stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  const wrong = run("traing");
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toContain('did you mean "train"');
});

it("leaves no process when it is stopped", async () => {
  const folder = mkdtempSync(join(tmpdir(), "afterword-"));
  writeFileSync(
    join(folder, "notes.txt"),
    "the people of the united states are many. ".repeat(5_000),
  );
  const words = [
    "train",
    "--corpus",
    join(folder, "notes.txt"),
    "--run",
    join(folder, "run"),
    "--from",
    "none",
  ];
  const child = spawn(process.execPath, [...WITHOUT_TYPES, ...words, "--epochs", "9999"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  await new Promise<void>((resolve) =>
    child.stderr.on("data", (piece: Buffer) => {
      said += piece.toString();
      if (said.includes("corpus: ")) resolve();
    }),
  );
  child.kill("SIGTERM");
  await once(child, "close"); // its output is closed once the program is gone
  expect(said).toContain("training stopped");
  rmSync(folder, { recursive: true });
});

it("says what to do where nothing is installed", () => {
  const folder = mkdtempSync(join(tmpdir(), "afterword-"));
  copyFileSync("cli/launch.js", join(folder, "launch.js"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  const options = { cwd: folder, encoding: "utf8" } as const;
  const { status, stderr } = spawnSync(process.execPath, [WITHOUT_TYPES[0]!, "launch.js"], options);
  expect(status).toBe(1);
  expect(stderr).toContain('run "npm ci" in its folder');
  rmSync(folder, { recursive: true });
});
