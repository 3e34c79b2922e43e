// The pages in Debian's Chromium against the running Worker: typed into, looked at by axe, in both colour schemes and on
// a telephone's screen.

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import { chromium } from "playwright-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWorker } from "../../edge/running-worker.ts";
import type { RunningWorker } from "../../edge/running-worker.ts";

const CHROMIUM = "/usr/bin/chromium"; // apt-get install chromium
const isInstalled = existsSync(CHROMIUM);
if (!isInstalled) process.stderr.write(`skipped: the playground's tests need ${CHROMIUM}\n`);

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1_280, height: 800 };

/** Widths and heights of all that a thumb may want to hit. */
const TARGET_SIZES = `[...document.querySelectorAll("button, .tools label, summary")]
  .filter((target) => target.checkVisibility())
  .flatMap((target) => [target.offsetWidth, target.offsetHeight])`;

let worker: RunningWorker;
let browser: Browser;

beforeAll(async () => {
  if (!isInstalled) return;
  worker = await startWorker();
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
});
afterAll(async () => {
  await browser?.close();
  await worker?.close();
});

/** A page of the Worker's in a browser of its own, which must not report an error. */
async function open<Result>(
  path: string,
  use: (page: Page) => Promise<Result>,
  { url = worker.url, ...options }: BrowserContextOptions & { url?: string } = {},
): Promise<Result> {
  const context = await browser.newContext({ viewport: DESKTOP, ...options });
  try {
    const page = await context.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(url + path);
    const result = await use(page);
    expect(errors).toEqual([]);
    return result;
  } finally {
    await context.close();
  }
}

const field = (page: Page) => page.getByLabel("Your text");
const textOf = (page: Page) => field(page).inputValue();
const suggestions = (page: Page) => page.locator("#predictions .take");

/** Waits until the suggestions belong to the text that is there. */
async function settled(page: Page, position: number): Promise<string[]> {
  await page.getByText(`position ${position}`, { exact: true }).waitFor();
  return page.locator("#predictions .take > span:first-child").allTextContents();
}

describe.runIf(isInstalled)("the playground", () => {
  it("suggests while somebody types, takes with Tab, and undoes", async () => {
    await open("/", async (page) => {
      await field(page).pressSequentially("the uni");
      const [first] = await settled(page, 7);
      await page.keyboard.press("Tab");
      expect(await textOf(page)).toBe(`the ${first}`);
      await settled(page, first!.length + 4);
      await page.getByRole("button", { name: "Undo" }).click();
      expect(await textOf(page)).toBe("the uni");
      await settled(page, 7);
      await page.keyboard.press("Alt+Digit2");
      expect(await textOf(page)).not.toBe("the uni");
    });
  });

  it("leaves the text by the keyboard, after Escape", async () => {
    await open("/", async (page) => {
      await field(page).pressSequentially("the ");
      await settled(page, 4);
      await page.keyboard.press("Escape");
      await page.keyboard.press("Tab");
      expect(await textOf(page)).toBe("the ");
      await page.locator("#undo:focus").waitFor();
    });
  });

  it("goes on where it was after a reload", async () => {
    await open("/", async (page) => {
      await field(page).pressSequentially("the State of the ");
      const before = await settled(page, 17);
      await page.reload();
      expect(await settled(page, 17)).toEqual(before);
      expect(await textOf(page)).toBe("the State of the ");
      await field(page).press("End");
      await field(page).pressSequentially("uni");
      await settled(page, 20);
      await page.getByRole("button", { name: "Clear" }).click();
      await settled(page, 0);
      await page.reload();
      expect(await textOf(page)).toBe("");
    });
  });

  it("learns the writer's words, or not", async () => {
    for (const isLearned of [true, false]) {
      await open("/", async (page) => {
        await page.getByLabel("Learn my words").setChecked(isLearned);
        await field(page).pressSequentially("Kowalski is Kow");
        expect(await settled(page, 15)).toEqual(isLearned ? ["Kowalski"] : []);
      });
    }
  });

  it("does not suggest a word again that was rejected, by pointer or keys", async () => {
    await open("/", async (page) => {
      await field(page).pressSequentially("the ");
      const [first, second, third] = await settled(page, 4);
      await page.getByRole("button", { name: `Not ${first}` }).click();
      await expect.poll(() => settled(page, 4)).not.toContain(first);
      expect((await settled(page, 4))[0]).toBe(second);
      await page.keyboard.press("Alt+Shift+Digit1");
      await expect.poll(async () => (await settled(page, 4))[0]).toBe(third);
    });
  });

  it("shows the model's card", async () => {
    await open("/", async (page) => {
      await field(page).pressSequentially("the ");
      await page.getByText("Model default, version").click();
      await page.getByText("2 LSTM layers of 20 units").waitFor();
    });
  });

  it("asks for a key where one is needed, and says when it is the wrong one", async () => {
    const keyHash = createHash("sha256").update("sk-right/==").digest("hex");
    const plainHash = createHash("sha256").update("sk-right").digest("hex");
    const guarded = await startWorker({ API_KEY_HASHES: `${keyHash} ${plainHash}` });
    try {
      for (const key of ["sk-right", "sk-right/=="]) {
        await open(
          "/",
          async (page) => {
            const entry = page.getByLabel("API key");
            await entry.fill("sk-wrong");
            await page.getByRole("button", { name: "Use it" }).click();
            await page.getByText("this key is not known here").waitFor();
            await expectNoViolations(page);
            await entry.fill(key);
            await entry.press("Enter");
            await entry.waitFor({ state: "hidden" });
            await field(page).pressSequentially("the ");
            expect(await settled(page, 4)).toHaveLength(5);
            await page.reload();
            await settled(page, 4);
          },
          { url: guarded.url },
        );
      }
    } finally {
      await guarded.close();
    }
  });

  it("fits a telephone, and is used by thumb", async () => {
    await open(
      "/",
      async (page) => {
        await field(page).tap();
        await field(page).pressSequentially("the uni");
        const [first] = await settled(page, 7);
        expect(await page.evaluate("document.scrollingElement.scrollWidth")).toBe(PHONE.width);
        expect(Math.min(...(await page.evaluate<number[]>(TARGET_SIZES)))).toBeGreaterThanOrEqual(
          44,
        );
        await suggestions(page).first().tap();
        expect(await textOf(page)).toBe(`the ${first}`);
      },
      { viewport: PHONE, hasTouch: true, isMobile: true },
    );
  });
});

async function expectNoViolations(page: Page): Promise<void> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResults>("axe.run()");
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`)).toEqual([]);
}

describe.runIf(isInstalled)("axe", () => {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const viewport of [PHONE, DESKTOP]) {
      it(`finds nothing in the playground, ${colorScheme}, ${viewport.width} px wide`, async () => {
        await open(
          "/",
          async (page) => {
            await expectNoViolations(page);
            await field(page).pressSequentially("the State of the uni");
            await settled(page, 20);
            await page.getByText("Model default, version").click();
            await page.getByText("2 LSTM layers of 20 units").waitFor();
            await expectNoViolations(page);
          },
          { colorScheme, viewport },
        );
      });

      it(`finds nothing in the reference, ${colorScheme}, ${viewport.width} px wide`, async () => {
        await open(
          "/docs",
          async (page) => {
            await page.getByText("POST /v1/predict").waitFor();
            await expectNoViolations(page);
          },
          { colorScheme, viewport },
        );
      });
    }
  }
});
