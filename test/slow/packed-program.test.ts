// The command line as it would be published: packed, unpacked in an empty project beside what it says it depends on, and used.

import { execFileSync, spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest"; // prettier-ignore

const MAX_BYTES = 2_000_000;
const SENTENCE = (index: number) =>
  `On day ${index} the ${["miller", "farmer", "baker"][index % 3]} went to town and sold what he had made. `;

interface Packed {
  filename: string;
  size: number;
  files: { path: string }[];
}

let folder: string;
let program: Packed;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "program-"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  program = install("afterword", ".");
  install("@afterword/base", "base");
  const manifest = JSON.parse(readFileSync(join(folder, "node_modules/afterword/package.json"), "utf8"));
  for (const name of Object.keys(manifest.dependencies)) link(join(process.cwd(), "node_modules", name), join("node_modules", name));
  link(join(folder, "node_modules/afterword", manifest.bin.afterword), "node_modules/.bin/afterword");
  const text = Array.from({ length: 900 }, (_, index) => SENTENCE(index)).join("\n\n");
  writeFileSync(join(folder, "notes.txt"), text);
}, 300_000); // prettier-ignore
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

function install(name: string, from: string): Packed {
  const words = ["pack", "--json", "--silent", "--pack-destination", folder, join(process.cwd(), from)];
  const printed = execFileSync("npm", words, { encoding: "utf8" });
  const [packed] = JSON.parse(printed.slice(printed.indexOf("["))) as [Packed];
  const target = join(folder, "node_modules", name);
  mkdirSync(target, { recursive: true });
  execFileSync("tar", ["-xzf", join(folder, packed.filename.replace("@", "").replace("/", "-")), "--strip-components=1", "-C", target]);
  return packed;
} // prettier-ignore

function link(target: string, path: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  symlinkSync(target, join(folder, path));
}

const npx = (...words: string[]) =>
  execFileSync("npx", ["--offline", "afterword", ...words], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, INIT_CWD: folder },
  });

describe("the packed command line", () => {
  it("is small, and holds no TypeScript and no model", () => {
    expect(program.size).toBeLessThan(MAX_BYTES);
    const odd = program.files.filter(({ path }) => /\.(?:ts|safetensors|map)$/.test(path));
    expect(odd).toEqual([]);
  });

  it("says its version", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(npx("--version")).toBe(`${version}\n`);
  });

  it("trains on a text, from the base model of its own package, and predicts with the result", () => {
    const train = ["train", "--corpus", "notes.txt", "--max-steps", "2", "--run", "run", "--json"];
    const { parent, edge } = JSON.parse(npx(...train));
    expect(parent.version).toMatch(/^sha256:/);
    expect(statSync(join(folder, edge)).size).toBeGreaterThan(100_000);
    const { predictions } = JSON.parse(npx("predict", "the mil", "--model", edge, "--json"));
    expect(predictions.length).toBeGreaterThan(0);
  });

  it("runs the edge, with its pages, and ends by Ctrl-C", async () => {
    const port = await freePort();
    const words = ["--offline", "afterword", "start", "--port", String(port), "--data", "data"];
    const started = spawn("npx", words, { cwd: folder, detached: true });
    const ended = new Promise((resolve) => started.once("exit", resolve));
    let said = "";
    started.stderr.on("data", (part) => (said += part));
    try {
      await expect.poll(() => said, { timeout: 120_000, interval: 200 }).toContain("playground:");
      expect(said).toContain('after "the United": ');
      for (const [path, holds] of [["/", "afterword-suggest"], ["/docs", "<title>"], ["/client.js", "export"], ["/openapi.json", "/v1/predict"]] as const) {
        expect(await (await fetch(`http://127.0.0.1:${port}${path}`)).text()).toContain(holds);
      }
    } finally {
      process.kill(-started.pid!, "SIGINT");
    }
    await ended;
  }, 200_000); // prettier-ignore
});

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
