// Each example, with the package as it would be published: pages in Chromium, programs in their own process.

import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installClient } from "../../client/packed-client.ts";
import type { PackedClient } from "../../client/packed-client.ts";
import { startWorker } from "../../running-worker.ts";
import type { RunningWorker } from "../../running-worker.ts";
import { isInstalled, launch, serve, visit } from "./browser.ts";

const LIBRARIES = ["react", "react-dom", "scheduler", "@codemirror", "@tiptap", "prosemirror-state", "prosemirror-view", "prosemirror-model", "openai"]; // prettier-ignore

let client: PackedClient;
let worker: RunningWorker;
let browser: Browser | undefined;

beforeAll(async () => {
  client = await installClient(LIBRARIES);
  cpSync("examples", join(client.folder, "examples"), {
    recursive: true,
    filter: (path) => !path.includes("node_modules"),
  });
  worker = await startWorker();
  if (isInstalled) browser = await launch();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await worker?.close();
  client?.remove();
});

/** Opens an example's page, bundled with what is installed in the project. */
async function open(name: string, entry: string, use: (page: Page) => Promise<void>) {
  const folder = join(client.folder, "examples", name);
  const { outputFiles } = await build({
    entryPoints: [join(folder, entry)],
    bundle: true,
    write: false,
    format: "esm",
    jsx: "automatic",
    nodePaths: [join(process.cwd(), "node_modules")],
    define: { "process.env.NODE_ENV": '"production"' },
  });
  const dist = join(client.folder, "node_modules/@afterword/client/dist");
  const site = await serve({
    "/index.html": readFileSync(join(folder, "index.html"), "utf8").replace(entry, "main.js"),
    "/main.js": outputFiles[0]!.text,
    "/worker.js": readFileSync(join(dist, "worker.js"), "utf8"),
  });
  try {
    await visit(browser!, `${site.url}?url=${worker.url}`, use);
  } finally {
    site.close();
  }
}

/** Types into what has the focus until a suggestion is seen, and accepts it. */
async function typeAndAccept(page: Page, ghost: string): Promise<void> {
  await page.locator("textarea:focus, [contenteditable]:focus").waitFor(); // some editors take it a frame later
  await page.keyboard.type("the uni");
  await page.locator(ghost).filter({ hasText: /\w/ }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.type(".");
}

const ACCEPTED = /^the uni\S*\.$/;

describe.runIf(isInstalled)("the example", () => {
  it("plain-page.html suggests with nothing but the server's module", async () => {
    const page = readFileSync("examples/plain-page.html", "utf8");
    const site = await serve({ "/index.html": page.replaceAll("http://127.0.0.1:8787", worker.url) });
    await visit(browser!, site.url, async (page) => {
      await page.getByLabel("A note").focus();
      await typeAndAccept(page, "[part=ghost]");
      expect(await page.getByLabel("A note").inputValue()).toMatch(ACCEPTED);
    });
    site.close();
  });

  it("react-form keeps the text in React's state", async () => {
    await open("react-form", "main.jsx", async (page) => {
      await page.getByLabel("Message").focus();
      await typeAndAccept(page, "[part=ghost]");
      await page.getByRole("button", { name: "Send" }).click();
      expect(await page.locator("output").textContent()).toMatch(ACCEPTED);
    });
  });

  it("codemirror shows ghost text and undoes an acceptance at once", async () => {
    await open("codemirror", "main.js", async (page) => {
      await typeAndAccept(page, ".cm-afterword-ghost");
      const line = page.locator(".cm-line").first();
      const text = () => line.evaluate((element) => [...element.childNodes].filter((node) => !(node instanceof Element && node.matches(".cm-afterword-ghost, img"))).map((node) => node.textContent).join(""));
      await expect.poll(text).toMatch(ACCEPTED);
    });
  });

  it("tiptap shows ghost text in a document", async () => {
    await open("tiptap", "main.js", async (page) => {
      await typeAndAccept(page, ".afterword-ghost");
      const paragraph = page.locator(".tiptap p").first();
      await expect.poll(() => paragraph.evaluate((element) => [...element.childNodes].filter((node) => node instanceof Text).map((node) => node.textContent).join(""))).toMatch(ACCEPTED);
    });
  });

  it("offline-page goes on without a network", async () => {
    await open("offline-page", "main.js", async (page) => {
      await page.getByText("the page answers").waitFor();
      await page.context().setOffline(true);
      await page.getByLabel("A note").focus();
      await typeAndAccept(page, "[part=ghost]");
      expect(await page.getByLabel("A note").inputValue()).toMatch(ACCEPTED);
    });
  });
}); // prettier-ignore

describe("the program", () => {
  const run = (program: string, words: string[]) =>
    client.run(program, words, { AFTERWORD_URL: worker.url });

  it("type-along.js shows a line for every letter", () => {
    const lines = run(process.execPath, ["examples/type-along.js", "the uni"]).trimEnd().split("\n");
    expect(lines).toHaveLength(7);
    expect(lines.at(-1)).toMatch(/^the uni │ \S+ \d+ %/);
  });

  it("openai-client.js streams a text", () => {
    expect(run(process.execPath, ["examples/openai-client.js"]).trim()).not.toBe("");
  });

  it("predict.py prints suggestions", () => {
    const lines = run("python3", ["examples/predict.py", "the uni"]).trimEnd().split("\n");
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(/^ +\d+\.\d% {2}the uni/);
  });
}); // prettier-ignore
