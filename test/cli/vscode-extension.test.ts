// The VS Code extension of the examples: with stand-ins for what only VS Code has, it starts a server that answers.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeEdgeFile } from "#model/edge-file";
import { makeTinyModel } from "../tiny-model.ts";

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "extension-"))));
afterAll(() => rmSync(folder, { recursive: true }));

/** Settings as a user writes them. */
const VSCODE = (settings: object) => `
  const settings = ${JSON.stringify(settings)};
  exports.workspace = { getConfiguration: (section) => ({ get: (name) => settings[section + "." + name] }) };`;

/** Starts what it is told, introduces itself and prints the answer. */
const LANGUAGE_CLIENT = `
  const { spawn } = require("node:child_process");
  exports.LanguageClient = class {
    constructor(id, name, server, options) { Object.assign(this, { server, options }); }
    start() {
      this.program = spawn(this.server.command, this.server.args, { stdio: ["pipe", "pipe", "inherit"] });
      const ask = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: { processId: null, rootUri: null, capabilities: {} } });
      this.program.stdin.write("Content-Length: " + ask.length + "\\r\\n\\r\\n" + ask);
      let answer = "";
      return new Promise((resolve) => this.program.stdout.on("data", (chunk) => {
        answer += chunk;
        const [head, body] = answer.split("\\r\\n\\r\\n");
        const isWhole = body !== undefined && body.length >= Number(/\\d+/.exec(head)[0]);
        if (isWhole) resolve(console.log(body, JSON.stringify(this.options)));
      }));
    }
    stop() { this.program.kill(); }
  };`;

it("starts the language server that its settings name, for prose", () => {
  cpSync("examples/vscode", folder, { recursive: true });
  writeFileSync(join(folder, "edge.safetensors"), writeEdgeFile(makeTinyModel()));
  const words = [join(process.cwd(), "cli/afterword.ts"), "lsp", "--model", "edge.safetensors"];
  const settings = { "afterword.command": process.execPath, "afterword.arguments": words };
  for (const [name, code] of [
    ["vscode", VSCODE(settings)],
    ["vscode-languageclient", LANGUAGE_CLIENT],
  ] as const) {
    mkdirSync(join(folder, "node_modules", name), { recursive: true });
    writeFileSync(join(folder, "node_modules", name, "index.js"), code);
    writeFileSync(join(folder, "node_modules", name, "node.js"), code);
  }
  const run = `const extension = require("./extension.js"); extension.activate().then(() => extension.deactivate())`;
  const printed = execFileSync(process.execPath, ["-e", run], { cwd: folder, encoding: "utf8" });
  expect(printed).toContain('"inlineCompletionProvider":true');
  expect(printed).toContain('"documentSelector":[{"language":"markdown"}');
});
