import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMAND_GROUPS, COMMANDS } from "../../cli/commands.ts";
import { parseWords } from "../../cli/parser.ts";
import { expectOneLine, runProgram } from "./run-program.ts";
import type { Outcome } from "./run-program.ts";

const CLOSED_PORT_STORE = "http://127.0.0.1:9/bucket";

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "cli-"))));
afterAll(() => rm(folder, { recursive: true }));

function afterword(...words: string[]): Promise<Outcome> {
  const environment = { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret" };
  return runProgram(words, { folder, environment });
}

const NAMES = Object.keys(COMMANDS);

describe("help", () => {
  it.each([[], ["--help"], ["-h"], ["help"]])("lists all commands for %j", async (...words) => {
    const { status, stdout, stderr } = await afterword(...(words as string[]));
    expect(status).toBe(0);
    expect(stderr).toBe("");
    for (const name of NAMES) expect(stdout).toMatch(new RegExp(`\n  ${name} +[A-Z]`));
  });

  it.each(NAMES)("explains %s", async (name) => {
    const help = await printed([...name.split(" "), "--help"]);
    const { summary, options, examples } = await COMMANDS[name]!();
    expect(help).toMatch(new RegExp(`^Usage: afterword ${name} `));
    for (const option of [...Object.keys(options), "json", "help"]) {
      expect(help).toContain(`--${option}`);
    }
    expect(examples.every((example) => help.includes(`npx afterword ${example}`))).toBe(true);
    expect(help.replaceAll(/\s+/g, " ")).toContain(summary);
  });

  it.each([
    [["train", "-h"], "Usage: afterword train"],
    [["help", "train"], "Usage: afterword train"],
    [["help", "corpus", "push"], "Usage: afterword corpus push DIR"],
    [["schedule", "--help"], "Usage: afterword schedule <command>"],
    [["corpus", "-h"], "corpus push"],
    [["sweep", "-h"], "sweep rank"],
  ])("is printed for %j", async (words, text) => {
    expect(await printed(words)).toContain(text);
  });

  it("says what a hyper-parameter is, its range, and what the presets set", async () => {
    const help = (await printed(["train", "--help"])).replaceAll(/\s+/g, " ");
    expect(help).toContain("--num-layers <N> LSTM layers; 1 to 8");
    expect(help).toContain("hidden-size 160 200 650 1500 650 400");
    expect(help).not.toContain("in place of the preset's");
  });

  it.each(["--version", "-V", "-v"])("has the version for %s", async (word) => {
    const { version } = JSON.parse(await readFile("package.json", "utf8"));
    expect(await afterword(word)).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
  });
});

/** What the words print on stdout, read in this process. */
async function printed(words: string[]): Promise<string> {
  let output = "";
  const { write } = process.stdout;
  process.stdout.write = ((chunk: string) => ((output += chunk), true)) as typeof write;
  try {
    expect(await parseWords(words, COMMAND_GROUPS, "0")).toBeNull();
  } finally {
    process.stdout.write = write;
  }
  return output;
}

describe("the name of a command that is mistyped", () => {
  it.each([
    ["trian", "train"],
    ["traing", "train"],
    ["pubish", "publish"],
    ["schedule lst", "schedule list"],
    ["corpus pusch", "corpus push"],
  ])("%s is answered with the nearest one, %s", async (words, nearest) => {
    await expect(parseWords(words.split(" "), COMMAND_GROUPS, "0")).rejects.toThrow(
      `unknown command "${words}"; did you mean "${nearest}"?`,
    );
  });

  it("is answered for options too", async () => {
    const words = ["train", "--hiden-size", "5"];
    await expect(parseWords(words, COMMAND_GROUPS, "0")).rejects.toThrow(
      "unknown option '--hiden-size'; did you mean --hidden-size?",
    );
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
    [["train", "--minutes", "0"], "--minutes must be above 0, got 0"],
    [["train", "--minutes", "5", "--epochs", "3"], "give it without --epochs"],
    [["train", "--corpus"], "--corpus"],
    [["train", "--corpus", "--json"], '--corpus needs a value, got "--json"'],
    [["train", "--json=yes"], "--json"],
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
    [["train", "--corpus", "empty.txt"], "has no text: the file is empty"],
    [["train", "--corpus", "one-word.txt"], "the corpus is too small: 2 tokens"],
    [["train", "--corpus", "binary.bin"], '"binary.bin"'],
    [["train", "--corpus", "latin1.txt"], '"latin1.txt" is not UTF-8'],
    [["train", "--corpus", "missing"], 'corpus "missing" is neither'],
    [
      ["train", "--from", "missing"],
      '--from "missing" is neither base, none or current, nor a version',
    ],
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
