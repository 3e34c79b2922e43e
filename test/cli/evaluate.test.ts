// `evaluate`: what stands beside a model.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeEdgeFile } from "#model/edge-file";
import { BASE_EDGE_FILE } from "#training/loop/base-model";
import { evaluate } from "../../cli/commands/evaluate.ts";
import { makeTinyModel } from "../tiny-model.ts";
import { runCommand } from "./run-command.ts";

interface Figures {
  keystroke_savings: number;
}

let folder: string;
let text: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "evaluate-"));
  text = join(folder, "letter.txt");
  await writeFile(text, "The people of the United States are the people. We thank you for your time. ".repeat(4)); // prettier-ignore
});
afterAll(() => rm(folder, { recursive: true }));

async function evaluateFile(path: string) {
  const { json, text: table } = await runCommand(evaluate, "--model", path, "--corpus", text, "--threads", "1"); // prettier-ignore
  return { json: json as { base: Figures | null; served: Figures }, table };
}

describe("the base model", () => {
  it("stands beside a model of text that is read alike, as it is served", async () => {
    const path = join(folder, "tiny.safetensors");
    await writeFile(path, writeEdgeFile(makeTinyModel()));
    const { json, table } = await evaluateFile(path);
    const itself = await evaluateFile(BASE_EDGE_FILE);
    expect(json.base).toEqual(itself.json.served);
    expect(json.base!.keystroke_savings).toBeGreaterThan(json.served.keystroke_savings);
    expect(table).toContain("base alone");
  });

  it("does not stand beside itself, nor beside a model that reads text otherwise", async () => {
    const itself = await evaluateFile(BASE_EDGE_FILE);
    expect(itself.json.base).toBeNull();
    expect(itself.table).not.toContain("base alone");
    const path = join(folder, "whitespace.safetensors");
    await writeFile(path, writeEdgeFile(makeTinyModel({ tokenizer: "whitespace" })));
    expect((await evaluateFile(path)).json.base).toBeNull();
  });
});
