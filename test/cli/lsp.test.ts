// `afterword lsp`: spoken to as an editor does, on stdin and stdout of its process.

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver/node";
import type { CompletionList, InlineCompletionItem } from "vscode-languageserver/node";
import { writeEdgeFile } from "#model/edge-file";
import { startWorker } from "../running-worker.ts";
import type { RunningWorker } from "../running-worker.ts";
import { makeTinyModel } from "../tiny-model.ts";
import { expectOneLine, runProgram } from "./run-program.ts"; // prettier-ignore

const PROGRAM = fileURLToPath(new URL("../../cli/afterword.ts", import.meta.url));
const URI = "file:///notes.md";

let folder: string;
let worker: RunningWorker;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lsp-"));
  writeFileSync(join(folder, "edge.safetensors"), writeEdgeFile(makeTinyModel()));
  worker = await startWorker();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await worker?.close();
});

/** Starts it as an editor does, and ends it so. */
async function withEditor(words: string[], use: (editor: Editor) => Promise<void>): Promise<void> {
  const program = spawn(process.execPath, [PROGRAM, "lsp", ...words], { cwd: folder });
  const ended = new Promise((resolve) => program.once("exit", resolve));
  const editor = new Editor(program);
  await use(editor);
  await editor.leave();
  expect(await ended).toBe(0);
}

class Editor {
  readonly #connection: ReturnType<typeof createProtocolConnection>;

  constructor({ stdin, stdout }: ChildProcess) {
    this.#connection = createProtocolConnection(new StreamMessageReader(stdout!), new StreamMessageWriter(stdin!)); // prettier-ignore
    this.#connection.listen();
  }

  async open(text: string): Promise<object> {
    const { capabilities } = await this.#connection.sendRequest<{ capabilities: object }>("initialize", { processId: null, rootUri: null, capabilities: {} }); // prettier-ignore
    await this.#connection.sendNotification("initialized", {});
    await this.#connection.sendNotification("textDocument/didOpen", { textDocument: { uri: URI, languageId: "markdown", version: 1, text } }); // prettier-ignore
    return capabilities;
  }

  type(line: number, character: number, text: string): Promise<void> {
    const position = { line, character };
    const contentChanges = [{ range: { start: position, end: position }, text }];
    return this.#connection.sendNotification("textDocument/didChange", { textDocument: { uri: URI, version: 2 }, contentChanges }); // prettier-ignore
  }

  inline(line: number, character: number): Promise<InlineCompletionItem[]> {
    return this.#connection.sendRequest("textDocument/inlineCompletion", { textDocument: { uri: URI }, position: { line, character }, context: { triggerKind: 2 } }); // prettier-ignore
  }

  list(line: number, character: number): Promise<CompletionList> {
    return this.#connection.sendRequest("textDocument/completion", { textDocument: { uri: URI }, position: { line, character } }); // prettier-ignore
  }

  async leave(): Promise<void> {
    await this.#connection.sendRequest("shutdown");
    await this.#connection.sendNotification("exit");
  }
}

describe("an editor's language server", () => {
  const sources: [name: string, words: () => string[]][] = [
    ["a model's file", () => ["--model", "edge.safetensors"]],
    ["an edge", () => ["--url", worker.url]],
  ];

  for (const [name, words] of sources) {
    it(`suggests words as ghost text and in its list, from ${name}`, async () => {
      await withEditor(words(), async (editor) => {
        expect(await editor.open("# Notes\n\nthe ")).toMatchObject({
          inlineCompletionProvider: true,
          completionProvider: { triggerCharacters: [" "] },
        });
        await editor.type(2, 4, "un");
        const [first] = await editor.inline(2, 6);
        expect(first!.range).toEqual({ start: { line: 2, character: 6 }, end: { line: 2, character: 6 } }); // prettier-ignore
        expect(first!.insertText).toMatch(/^\w+$/);
        const { items, isIncomplete } = await editor.list(2, 6);
        expect(isIncomplete).toBe(true);
        expect(items).toHaveLength(5);
        expect(items[0]!.textEdit).toMatchObject({
          range: { start: { line: 2, character: 4 }, end: { line: 2, character: 6 } },
          newText: `un${first!.insertText as string}`,
        });
        await editor.type(2, 6, `${first!.insertText as string} `);
        expect(await editor.inline(2, 7 + (first!.insertText as string).length)).not.toEqual([]);
      });
    });
  }

  it("offers the same bits from both, and as many as are asked for", async () => {
    const found: CompletionList["items"][] = [];
    for (const [, words] of sources) {
      await withEditor([...words(), "--limit", "3"], async (editor) => {
        await editor.open("The State of the uni");
        found.push((await editor.list(0, 20)).items);
      });
    }
    expect(found[0]).toHaveLength(3);
    expect(found[0]).toEqual(found[1]);
  });

  it("offers nothing less probable than it is told", async () => {
    await withEditor(["--model", "edge.safetensors", "--min-probability", "1"], async (editor) => {
      await editor.open("The State of the ");
      expect(await editor.inline(0, 17)).toEqual([]);
    });
  });

  it("goes on without an edge, silently", async () => {
    await withEditor(["--url", "http://127.0.0.1:9"], async (editor) => {
      await editor.open("the ");
      expect(await editor.inline(0, 4)).toEqual([]);
    });
  });

  it("says at once that a file is no model", async () => {
    writeFileSync(join(folder, "notes.txt"), "no model");
    expectOneLine(await runProgram(["lsp", "--model", "missing.safetensors"], { folder }), 1, "cannot read model file"); // prettier-ignore
    const { status, stdout } = await runProgram(["lsp", "--model", "notes.txt"], { folder });
    expect([status, stdout]).toEqual([1, ""]);
  });
});
