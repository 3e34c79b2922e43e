// The package as it would be published in a Vite project: built, and typed into in Chromium, with the model in the page.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installClient } from "../../client/packed-client.ts";
import type { PackedClient } from "../../client/packed-client.ts";
import { startWorker } from "../../running-worker.ts";
import type { RunningWorker } from "../../running-worker.ts";
import { isInstalled, launch, serve, visit } from "./browser.ts";

const VITE = join(process.cwd(), "node_modules/vite/bin/vite.js");

let client: PackedClient;
let worker: RunningWorker;
let browser: Browser | undefined;

beforeAll(async () => {
  client = await installClient();
  worker = await startWorker();
  if (isInstalled) browser = await launch();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await worker?.close();
  client?.remove();
});

/** Builds a project of these two files, and answers what it is made of, by path. */
function build(html: string, script: string): Record<string, Uint8Array> {
  const folder = join(client.folder, "project");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "index.html"), html);
  writeFileSync(join(folder, "main.js"), script);
  client.run(process.execPath, [VITE, "build", folder, "--logLevel", "error"]);
  const dist = join(folder, "dist");
  const paths = readdirSync(dist, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name)); // prettier-ignore
  return Object.fromEntries(paths.map((path) => [path.slice(dist.length), readFileSync(path)]));
}

describe.runIf(isInstalled)("a Vite project", () => {
  it("has suggestions in a field, and predicts in the page", async () => {
    const site = await serve(
      build(
        `<!doctype html><title>Vite</title><label>A note <textarea id="note"></textarea></label>
         <afterword-suggest for="note" url="${worker.url}"></afterword-suggest><output></output>
         <script type="module" src="./main.js"></script>`,
        `import "@afterword/client/element";
         import { openLocal, Session } from "@afterword/client/local";
         const session = new Session(await openLocal({ server: { url: "${worker.url}" } }));
         const { predictions } = await session.append("the uni");
         document.querySelector("output").textContent = predictions[0].word;`,
      ),
    );
    await visit(browser!, site.url, async (page) => {
      await expect.poll(() => page.locator("output").textContent(), { timeout: 10_000 }).toMatch(/^[Uu]n/); // prettier-ignore
      await page.getByLabel("A note").focus();
      await page.keyboard.type("the uni");
      await page.locator("[part=ghost]").filter({ hasText: /\w/ }).waitFor();
      await page.keyboard.press("Tab");
      await expect.poll(() => page.getByLabel("A note").inputValue()).toMatch(/^the uni\S+ $/);
    });
    site.close();
  });
});
