// test/slow/browser: Debian's Chromium for pages, with every error that a page reports.

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { AxeResults } from "axe-core";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";

const CHROMIUM = "/usr/bin/chromium"; // apt-get install chromium
export const isInstalled = existsSync(CHROMIUM);
if (!isInstalled) process.stderr.write(`skipped: tests of pages need ${CHROMIUM}\n`);

export const AXE = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);

export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1_280, height: 800 };

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
}

/** Opens a page in a profile of its own, which must not report an error. */
export async function visit<Result>(
  browser: Browser,
  url: string,
  use: (page: Page) => Promise<Result>,
  options: BrowserContextOptions = {},
): Promise<Result> {
  const context = await browser.newContext({ viewport: DESKTOP, ...options });
  try {
    const page = await context.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(url);
    const result = await use(page);
    expect(errors).toEqual([]);
    return result;
  } finally {
    await context.close();
  }
}

export async function expectNoViolations(page: Page): Promise<void> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResults>("axe.run()");
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`)).toEqual([]);
}

/** One module for a page. */
export async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, loader: "ts", resolveDir: process.cwd() },
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
  });
  return outputFiles[0]!.text;
}

/** Serves these files until `close`; a path's ending says what it is. */
export async function serve(files: Record<string, string | Uint8Array>) {
  const types = { html: "text/html", js: "text/javascript", wasm: "application/wasm" };
  const server = createServer((request, response) => {
    const path = new URL(request.url!, "http://host").pathname;
    const file = files[path === "/" ? "/index.html" : path];
    const type = types[path.split(".").at(-1) as keyof typeof types] ?? "text/html";
    response.writeHead(file === undefined ? 404 : 200, { "content-type": `${type}; charset=utf-8` });
    response.end(file);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/`, close };
} // prettier-ignore
