import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectOneLine, runProgram } from "./run-program.ts";
import type { Outcome } from "./run-program.ts";

const COMMANDS = ["start", "train", "evaluate", "publish", "promote", "rollback", "export", "models", "serve", "predict"]; // prettier-ignore
const CLOSED_PORT_STORE = "http://127.0.0.1:9/bucket";

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "cli-"))));
afterAll(() => rm(folder, { recursive: true }));

function afterword(...words: string[]): Promise<Outcome> {
  const environment = { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret" };
  return runProgram(words, { folder, environment });
}

describe("help", () => {
  it("lists the commands", async () => {
    const { status, stdout } = await afterword("--help");
    expect(status).toBe(0);
    for (const name of COMMANDS) expect(stdout).toContain(`\n  ${name} `);
  });

  it.each(COMMANDS)("explains %s", async (name) => {
    const { status, stdout } = await afterword(name, "--help");
    expect(status).toBe(0);
    expect(stdout).toContain(`afterword ${name}`);
    expect(stdout).toContain("--json");
  });
});

describe("wrong usage ends with status 2 and one line that says what to do", () => {
  it.each([
    [["fly"], 'unknown command "fly"; choose one of'],
    [["train", "--presett", "small"], "unknown option '--presett'"],
    [["train", "--preset", "huge"], 'unknown preset "huge"; choose one of quick'],
    [["train", "--tokenizer", "bpe"], 'unknown tokenizer "bpe"'],
    [["train", "--engine", "gpu"], 'unknown engine "gpu"; choose one of auto, wasm, tensorflow'],
    [["train", "--epochs", "many"], '--epochs must be a number, got "many"'],
    [["train", "--learning-rate=-1"], "--learning-rate must be a number from 0"],
    [["train", "--max-steps", "0"], "--max-steps must be a whole number from 1"],
    [["train", "--corpus"], "--corpus"],
    [["evaluate"], "--model is needed"],
    [["publish"], "--run is needed"],
    [["promote"], "--version is needed"],
    [["export", "--format", "tflite", "--out", "x", "--model", "y"], 'unknown format "tflite"'],
    [["publish", "--run", "x", "--store", "here"], '"here" does not name a store'],
    [["predict"], "give the text"],
    [["predict", "a", "--limit", "0"], "--limit must be a whole number from 1 to 100"],
    [["predict", "a", "b"], 'unexpected argument "b"'],
  ])("%j", async (words, message) => {
    expectOneLine(await afterword(...words), 2, message);
  });
});

describe("failures end with status 1 and one line that says what to do", () => {
  beforeAll(async () => {
    await writeFile(join(folder, "empty.txt"), "");
    await writeFile(join(folder, "one-word.txt"), "word");
    await writeFile(join(folder, "binary.bin"), new Uint8Array(4096));
    await writeFile(join(folder, "latin1.txt"), Buffer.from("caf\xe9 ".repeat(99), "latin1"));
    await writeFile(join(folder, "not-a-model.safetensors"), "no tensors here");
  });

  it.each([
    [["train", "--corpus", "empty.txt"], "the corpus is too small: 0 tokens"],
    [["train", "--corpus", "one-word.txt"], "the corpus is too small: 2 tokens"],
    [["train", "--corpus", "binary.bin"], '"binary.bin" looks binary'],
    [["train", "--corpus", "latin1.txt"], '"latin1.txt" is not UTF-8'],
    [["train", "--corpus", "missing"], 'corpus "missing" is neither'],
    [["train", "--from", "missing"], '--from "missing" is neither current, nor a version'],
    [["train", "--from", "current", "--store", CLOSED_PORT_STORE], "cannot reach the store"],
    [["train", "--from", "not-a-model.safetensors"], "not a safetensors file"],
    [["evaluate", "--model", "missing"], 'cannot read model file "missing"'],
    [["evaluate", "--model", "not-a-model.safetensors"], "not a safetensors file"],
    [
      ["export", "--format", "onnx", "--out", "x", "--model", "missing"],
      'cannot read model file "missing"',
    ],
    [["publish", "--run", "missing"], 'run "missing" has no master.safetensors'],
    [["rollback", "--store", CLOSED_PORT_STORE], "cannot reach the store"],
    [["models", "--store", CLOSED_PORT_STORE], "cannot reach the store at http://127.0.0.1:9"],
    [["predict", "a", "--url", "http://127.0.0.1:9"], "no edge answers at http://127.0.0.1:9"],
  ])("%j", async (words, message) => {
    expectOneLine(await afterword(...words), 1, message);
  });
});
