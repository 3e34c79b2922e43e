// `<afterword-suggest>` under a thumb: a telephone's screen in Chromium.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isInstalled, launch, PHONE, visit } from "./browser.ts";
import { ChromiumPage } from "./chromium-page.ts";
import { perform, serveFields, textOf } from "./fields.ts";

let site: Awaited<ReturnType<typeof serveFields>>;
let browser: Browser;

beforeAll(async () => {
  if (!isInstalled) return;
  site = await serveFields();
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const strip = `afterword-suggest[for=area] [part~=suggestion]`;

describe.runIf(isInstalled)("on a telephone", () => {
  it("suggestions are big enough for thumbs, and a tap accepts", async () => {
    await visit(browser, site.url, async (page) => {
      const driven = await ChromiumPage.of(page);
      await page.locator("#area").tap();
      const inserts = await perform(driven, "area", "the uni<…>");
      const { width, height } = (await page.locator(strip).first().boundingBox())!;
      expect(Math.min(width, height)).toBeGreaterThan(43.9);
      await page.locator(strip).first().tap();
      expect(await textOf(driven, "area")).toBe(`the uni${inserts[0]} |`);
      await driven.commit("."); // its keyboard has no keys
      expect(await textOf(driven, "area")).toBe(`the uni${inserts[0]}.|`);
    }, { viewport: PHONE, hasTouch: true, isMobile: true });
  }); // prettier-ignore
});
