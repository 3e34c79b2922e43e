// The pages in Debian's Chromium against the running Worker: typed into, looked at by axe, in both colour schemes and on
// a telephone's screen.

import { createHash } from "node:crypto";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWorker } from "../../running-worker.ts";
import type { RunningWorker } from "../../running-worker.ts";
import {
  DESKTOP,
  expectNoViolations,
  isInstalled,
  launch,
  PHONE,
  serve,
  visit,
} from "./browser.ts";

/** Widths and heights of all that a thumb may want to hit. */
const TARGET_SIZES = `[...document.querySelectorAll("button, .tools label, fieldset label, summary")]
  .filter((target) => target.checkVisibility())
  .flatMap((target) => [target.offsetWidth, target.offsetHeight])`;

let worker: RunningWorker;
let browser: Browser;

beforeAll(async () => {
  if (!isInstalled) return;
  worker = await startWorker();
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await worker?.close();
});

const open = <Result>(
  path: string,
  use: (page: Page) => Promise<Result>,
  { url = worker.url, ...options }: BrowserContextOptions & { url?: string } = {},
) => visit(browser, url + path, use, options);

const field = (page: Page) => page.getByLabel("Your text");
const textOf = (page: Page) => field(page).inputValue();
const suggestions = (page: Page) => page.locator("[part~=suggestion]");

/** The words that are suggested, once they belong to the text that is there. */
async function settled(page: Page): Promise<string[]> {
  await page.waitForFunction(() => {
    const { attachment } = document.querySelector("afterword-suggest") as unknown as {
      attachment: { refresh(): void; suggester: { isWaiting: boolean } };
    };
    attachment.refresh(); // browsers tell of a cursor that was moved in an event of later
    return !attachment.suggester.isWaiting;
  });
  return suggestions(page).allTextContents();
}

describe.runIf(isInstalled)("the playground", () => {
  it("suggests while somebody types, takes with Tab, and undoes", async () => {
    await open("/", async (page) => {
      await field(page).pressSequentially("the uni");
      const [first, second] = await settled(page);
      await page.keyboard.press("Tab");
      expect(await textOf(page)).toBe(`the ${first} `);
      await page.getByRole("button", { name: "Undo" }).click();
      expect(await textOf(page)).toBe("the uni");
      await settled(page);
      await page.keyboard.press("Alt+Digit2");
      expect(await textOf(page)).toBe(`the ${second} `);
      await page.getByText(/^\d+ of \d+ \(\d+ %\)$/).waitFor();
    });
  });

  it("predicts at the cursor, wherever it stands", async () => {
    await open("/", async (page) => {
      await field(page).fill("the state of the Union");
      await field(page).evaluate((area) => (area as HTMLTextAreaElement).setSelectionRange(4, 4));
      await field(page).pressSequentially("uni");
      const [first] = await settled(page);
      await page.keyboard.press("Tab");
      expect(await textOf(page)).toMatch(new RegExp(`^the ${first} ?(state )?of the Union$`));
    });
  });

  it("keeps the text over a reload, an expired session and a second tab", async () => {
    await open("/", async (page) => {
      await field(page).pressSequentially("the State of the ");
      const before = await settled(page);
      await page.reload();
      expect(await textOf(page)).toBe("the State of the ");
      await field(page).focus();
      expect(await settled(page)).toEqual(before);
      const second = await page.context().newPage();
      await second.goto(worker.url);
      await field(second).pressSequentially("we ");
      await settled(second);
      await page.bringToFront();
      await field(page).press("End");
      await field(page).pressSequentially("uni");
      await settled(page);
      expect(await textOf(page)).toBe("the State of the uni");
    });
  });

  it("clears the text, and brings it back", async () => {
    await open("/", async (page) => {
      await field(page).pressSequentially("the State of ");
      await page.getByRole("button", { name: "Clear" }).click();
      expect(await textOf(page)).toBe("");
      await page.getByRole("button", { name: "Undo" }).click();
      expect(await textOf(page)).toBe("the State of ");
      await page.getByRole("button", { name: "Clear" }).click();
      await page.reload();
      expect(await textOf(page)).toBe("");
    });
  });

  it("begins with a sample", async () => {
    await open("/", async (page) => {
      await page.getByRole("button", { name: "We must" }).click();
      expect(await textOf(page)).toBe("We must ");
      expect(await settled(page)).toHaveLength(5);
    });
  });

  it("learns the writer's words, or not", async () => {
    for (const isLearned of [true, false]) {
      await open("/", async (page) => {
        await page.getByLabel("Learn my words").setChecked(isLearned);
        await field(page).pressSequentially("Kowalski is Kow");
        expect((await settled(page)).includes("Kowalski")).toBe(isLearned);
      });
    }
  });

  it("does not suggest a word again that was rejected, by pointer or keys", async () => {
    await open("/", async (page) => {
      await field(page).pressSequentially("the ");
      const [first, second, third] = await settled(page);
      await page.getByRole("button", { name: `Not ${first}`, exact: true }).click();
      await expect.poll(async () => (await settled(page))[0]).toBe(second);
      await page.keyboard.press("Alt+Shift+Digit1");
      await expect.poll(async () => (await settled(page))[0]).toBe(third);
    });
  });

  it("predicts in the page too, with the same bits, and goes on without a network", async () => {
    await open("/", async (page) => {
      await page.getByLabel("by both, compared").check();
      await field(page).pressSequentially("the State of the uni");
      await expect.poll(() => page.locator("dd.good").textContent()).toMatch(/^all \d+$/);
      expect(await page.locator("dd.bad").count()).toBe(0);
      await page.getByLabel("in this page").check();
      await field(page).focus();
      await page.context().setOffline(true);
      await field(page).pressSequentially("on is the uni");
      expect(await settled(page)).not.toEqual([]);
      expect(await page.getByRole("alert").isVisible()).toBe(false);
    });
  });

  it("says what the model is", async () => {
    await open("/", async (page) => {
      await field(page).pressSequentially("the ");
      await page.getByText("2 LSTM layers of 20 units").waitFor();
      await page.getByText("All that was measured").click();
    });
  });

  it("says that the edge cannot be reached, keeps the text, and recovers", async () => {
    await open("/", async (page) => {
      await field(page).pressSequentially("the ");
      await settled(page);
      await page.route("**/v1/**", (route) => route.abort());
      await page.routeWebSocket("**", (socket) => void socket.close());
      await page.context().setOffline(true);
      await field(page).pressSequentially("State ");
      await page.getByText("The edge cannot be reached").waitFor({ timeout: 30_000 });
      await page.context().setOffline(false);
      await page.unrouteAll();
      await page.getByText("The edge cannot be reached").waitFor({ state: "hidden", timeout: 30_000 });
      expect(await textOf(page)).toBe("the State ");
    });
  }, 90_000);

  it("asks for a key where one is needed, and says when it is the wrong one", async () => {
    const keyHash = createHash("sha256").update("sk-right/==").digest("hex");
    const plainHash = createHash("sha256").update("sk-right").digest("hex");
    const guarded = await startWorker({ API_KEY_HASHES: `${keyHash} ${plainHash}` });
    try {
      for (const key of ["sk-right", "sk-right/=="]) {
        await open("/", async (page) => {
          const entry = page.getByLabel("API key");
          await entry.fill("sk-wrong");
          await page.getByRole("button", { name: "Use it" }).click();
          await page.getByText("this key is not known here").waitFor();
          await expectNoViolations(page);
          await entry.fill(key);
          await entry.press("Enter");
          await entry.waitFor({ state: "hidden" });
          await field(page).pressSequentially("the ");
          expect(await settled(page)).toHaveLength(5);
          await page.reload();
          await field(page).focus();
          expect(await settled(page)).toHaveLength(5);
        }, { url: guarded.url });
      }
    } finally {
      await guarded.close();
    }
  });

  it("fits a telephone, and is used by thumb", async () => {
    await open("/", async (page) => {
      await field(page).tap();
      await field(page).pressSequentially("the uni");
      const [first] = await settled(page);
      expect(await page.evaluate("document.scrollingElement.scrollWidth")).toBe(PHONE.width);
      expect(Math.min(...(await page.evaluate<number[]>(TARGET_SIZES)))).toBeGreaterThanOrEqual(44);
      const strip = (await suggestions(page).first().boundingBox())!;
      expect(strip.y + strip.height).toBeLessThan(390); // above a telephone's keyboard
      await suggestions(page).first().tap();
      expect(await textOf(page)).toBe(`the ${first} `);
    }, { viewport: PHONE, hasTouch: true, isMobile: true });
  });
}); // prettier-ignore

describe.runIf(isInstalled)("the reference", () => {
  it("shows every route with the fields inside fields, samples, and calls them", async () => {
    await open("/docs", async (page) => {
      const section = page.locator("#post-v1-predict");
      await section.locator(".name").getByText("insert", { exact: true }).first().waitFor();
      for (const [language, shown] of [["JavaScript", "await fetch("], ["Python", "urlopen(request)"], ["curl", "curl http"]] as const) {
        await page.getByLabel("Samples in").selectOption(language);
        await section.locator("pre").first().getByText(shown).waitFor();
      }
      await section.getByLabel("Body", { exact: true }).fill('{"text": "the uni", "limit": 2}');
      await section.getByRole("button").click();
      await section.getByText(/^200, \d+ ms/).waitFor();
      await section.getByText('"predictions"').first().waitFor();
    });
  });

  it("finds routes by what is in them", async () => {
    await open("/docs", async (page) => {
      await page.getByLabel("Search").fill("keystroke perplexity");
      await page.locator("#post-v1-predict").waitFor({ state: "hidden" });
      await page.getByLabel("Search").fill("no such thing");
      await page.getByText("No route has that in it.").waitFor();
    });
  });

  it("shows a route that its address names", async () => {
    await open("/docs#post-v1-score", async (page) => {
      await page.locator("#post-v1-score").waitFor();
      await expect.poll(() => page.evaluate("document.querySelector('#post-v1-score').getBoundingClientRect().top < innerHeight")).toBe(true);
    });
  });
}); // prettier-ignore

describe.runIf(isInstalled)("the client's module", () => {
  it("makes a field of a page of another origin suggest words", async () => {
    const site = await serve({
      "/index.html": `<!doctype html><title>Note</title><script type="module" src="${worker.url}/client.js"></script>
        <label>Note <textarea id="note"></textarea></label>
        <afterword-suggest for="note" url="${worker.url}"></afterword-suggest>`,
    });
    try {
      await visit(browser, site.url, async (page) => {
        await page.getByLabel("Note").pressSequentially("the uni");
        await expect.poll(() => suggestions(page).count()).toBeGreaterThan(0);
        await page.keyboard.press("Tab");
        expect(await page.getByLabel("Note").inputValue()).toMatch(/^the uni\S* $/);
      });
    } finally {
      site.close();
    }
  });
});

describe.runIf(isInstalled)("axe", () => {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const viewport of [PHONE, DESKTOP, { width: 1_920, height: 1_080 }]) {
      it(`finds nothing in the playground, ${colorScheme}, ${viewport.width} px wide`, async () => {
        await open("/", async (page) => {
          await expectNoViolations(page);
          await field(page).pressSequentially("the State of the uni");
          await settled(page);
          await page.getByText("2 LSTM layers of 20 units").waitFor();
          await expectNoViolations(page);
        }, { colorScheme, viewport });
      });

      it(`finds nothing in the reference, ${colorScheme}, ${viewport.width} px wide`, async () => {
        await open("/docs", async (page) => {
          await page.getByText("POST /v1/predict", { exact: true }).waitFor();
          await expectNoViolations(page);
        }, { colorScheme, viewport });
      });
    }
  }
}); // prettier-ignore
