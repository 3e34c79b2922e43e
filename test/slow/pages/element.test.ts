// `<afterword-suggest>` in Chromium against the running Worker: a table of what people do to a field. `|` is the cursor;
// {1} and {2} are what the first and second suggestion insert at that moment.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWorker } from "../../edge/running-worker.ts";
import type { RunningWorker } from "../../edge/running-worker.ts";
import { bundle, expectNoViolations, isInstalled, launch, PHONE, serve, visit } from "./browser.ts";

let worker: RunningWorker;
let browser: Browser;
let tablePage: Page | undefined;
let site: Awaited<ReturnType<typeof serve>>;

const FIELDS = ["area", "line", "rich"] as const;
type FieldName = (typeof FIELDS)[number];

beforeAll(async () => {
  if (!isInstalled) return;
  worker = await startWorker();
  browser = await launch();
  const suggest = (id: string) =>
    `<afterword-suggest for="${id}" url="${worker.url}" rejectable></afterword-suggest>`;
  site = await serve({
    "/element.js": await bundle(`export * from "./client/element/index.ts"`),
    "/index.html": `<!doctype html><html lang="en"><head><title>Fields</title><script type="module" src="/element.js"></script>
      <style>textarea, input, #rich { font: 16px/1.5 serif; width: 400px; padding: 8px } #rich { border: 1px solid }</style></head>
      <body><main><h1>Fields</h1><button id="first">first</button>
      <label for="area">Area</label><textarea id="area" rows="4"></textarea>${suggest("area")}
      <label for="line">Line</label><input id="line">${suggest("line")}
      <div id="rich" contenteditable="true" role="textbox" aria-label="Rich" aria-multiline="true"></div>${suggest("rich")}
      <label for="right">Right to left</label><textarea id="right" dir="rtl"></textarea>${suggest("right")}
      <button id="last">last</button></main></body></html>`,
  });
});
afterAll(async () => {
  await browser?.close();
  await worker?.close();
  site?.close();
});

/** One page for the whole table, loaded anew for each. */
async function onPage(use: (page: Page) => Promise<void>): Promise<void> {
  tablePage ??= await browser.newPage();
  await tablePage.goto(site.url);
  await use(tablePage);
}

/** What the page offers for a field, once it is for the text that is there. */
async function offered(page: Page, id: string): Promise<{ insert: string; word: string }[]> {
  await page.waitForFunction((name) => {
    const { suggester } = (document.querySelector(`[for=${name}] ~ afterword-suggest[for=${name}], afterword-suggest[for=${name}]`) as unknown as { attachment: { suggester: { isWaiting: boolean } } }).attachment; // prettier-ignore
    return !suggester.isWaiting;
  }, id);
  return page.evaluate((name) => {
    const element = document.querySelector(`afterword-suggest[for=${name}]`) as unknown as { attachment: { suggester: { predictions: { insert: string; word: string }[] } } }; // prettier-ignore
    return element.attachment.suggester.predictions;
  }, id);
}

/** The text, with `|` at the cursor. */
function textOf(page: Page, id: string): Promise<string> {
  return page.evaluate((name) => {
    const element = document.getElementById(name)!;
    if (element instanceof HTMLTextAreaElement || element instanceof HTMLInputElement) {
      const at = element.selectionStart!;
      return `${element.value.slice(0, at)}|${element.value.slice(at)}`;
    }
    const { anchorNode, anchorOffset } = getSelection()!;
    const range = document.createRange();
    range.setStart(element, 0);
    range.setEnd(anchorNode!, anchorOffset);
    const at = range.toString().length;
    const text = element.textContent!.replaceAll("\u00a0", " ");
    return `${text.slice(0, at)}|${text.slice(at)}`;
  }, id);
}

const ghostOf = (page: Page, id: string) =>
  page.evaluate((name) => {
    const ghost = document.querySelector(`afterword-suggest[for=${name}]`)!.shadowRoot!.querySelector("[part=ghost]")!; // prettier-ignore
    return ghost.checkVisibility() ? ghost.textContent! : "";
  }, id);

const focused = (page: Page) => page.evaluate(() => document.activeElement!.id);
const stripOf = (page: Page, id: string) =>
  page.locator(`afterword-suggest[for=${id}] [part~=suggestion]`);

/**
 * Types and presses: `<Tab>` is a key, `<…>` waits for suggestions, everything else is typed. Answers what the first two
 * suggestions inserted when it was waited last.
 */
async function perform(page: Page, id: string, script: string): Promise<string[]> {
  let inserts: string[] = [];
  for (const step of script.split(/(<[^<>]+>)/).filter(Boolean)) {
    const key = /^<(.+)>$/s.exec(step)?.[1];
    if (key === "…") inserts = (await offered(page, id)).map(({ insert }) => insert);
    else if (key?.startsWith("paste ")) await page.keyboard.insertText(key.slice(6));
    else if (key) await page.keyboard.press(key);
    else await page.locator(`#${id}`).pressSequentially(step);
  }
  return inserts;
}

const INTERACTIONS: [script: string, becomes: string, fields?: FieldName[]][] = [
  // accepting
  ["the uni<…><Tab>", "the uni{1} |"],
  ["the uni<…><ArrowRight>", "the uni{1} |"],
  ["the uni<…><Alt+Digit1>", "the uni{1} |"],
  ["the uni<…><Alt+Digit2>", "the uni{2} |"],
  ["the <…><Tab>", "the {1} |"],
  ["the<…><Tab>", "the{1} |"],
  ["The state of the <…><Tab>", "The state of the {1} |"],
  ["the uni<Tab><…>", "the uni* |"], // pressed while the answer is under way
  // what is not accepting
  ["the uni<…><Shift+Tab>", "the uni|", ["area", "line"]],
  ["the uni<…><Escape><ArrowRight>", "the uni|"],
  ["the uni<…><Alt+Digit9>", "the uni|"],
  ["the uni<…><Control+Alt+Digit2>", "the uni|"],
  // the space of an accepted word
  ["the uni<…><Tab>.", "the uni{1}.|"],
  ["the uni<…><Tab>, and", "the uni{1}, and|"],
  ["the uni<…><Tab>;", "the uni{1};|"],
  ["the uni<…><Tab> and", "the uni{1} and|"],
  ["the uni<…><Tab>and", "the uni{1} and|"],
  ["the uni<…><Tab>'s", "the uni{1}'s|"],
  ["the uni<…><Tab>-", "the uni{1}-|"],
  ["the uni<…><Tab>(", "the uni{1} (|"],
  ["(the uni<…><Tab>)", "(the uni{1})|"],
  ['"the uni<…><Tab>"', '"the uni{1}"|'],
  ["the uni<…><Tab>. the", "the uni{1}. the|"],
  ["the uni<…><Tab><Backspace>.", "the uni{1}.|"],
  ["the uni<…><Tab><Enter>x", "the uni{1}\nx|", ["area"]],
  ["the uni<…><Tab><ArrowLeft>.", "the uni{1}.| "],
  // in the middle of a text
  ["the uni is<ArrowLeft><ArrowLeft><ArrowLeft><…><Tab>", "the uni{1} |is"],
  ["the uni.<ArrowLeft><…><Tab>", "the uni{1}|."],
  ["the state<Home><ArrowRight><ArrowRight><ArrowRight> uni<…><Tab>", "the uni{1} |state"],
  ["the unixx is<ArrowLeft><ArrowLeft><ArrowLeft><ArrowLeft><ArrowLeft><…><Tab>", "the uni{1} |is"],
  // undo is one step
  ["the uni<…><Tab><Control+z>", "the uni|"],
  ["the uni<…><Tab><Control+z><Control+Shift+z>", "the uni{1} |"],
  ["the uni<…><Tab>.<Control+z>", "the uni{1} |"],
  ["the uni<…><Tab><Control+z><…><Tab>", "the uni{1} |"],
  // selections
  ["the uni<…><Shift+ArrowLeft><Tab>", "the uni"],
  ["the uni<Control+a>the st<…><Tab>", "the st{1} |"],
  ["the uni<Control+a><Delete>the <…><Tab>", "the {1} |"],
  // what is pasted, and what is not letters
  ["<paste the State of the uni><…><Tab>", "the State of the uni{1} |"],
  ["<paste the 😀 uni><…><Tab>", "the 😀 uni{1} |"],
  ["<paste 👨‍👩‍👧 the uni><…><Tab>", "👨‍👩‍👧 the uni{1} |"],
  ["<paste שלום uni><…><Tab>", "שלום uni{1} |"],
  ["<paste the\n\nuni><…><Tab>", "the\n\nuni{1} |", ["area"]],
  ["THE UNI<…><Tab>", "THE UNI{1} |"],
  ["Uni<…><Tab>", "Uni{1} |"],
  // several in a row
  ["the <…><Tab><…><Tab>", "the * {1} |"],
  ["the uni<…><Tab>. <…><Tab>", "the *. {1} |"],
  // after Escape the suggestions come back with the next letter
  ["the un<…><Escape>i<…><Tab>", "the uni{1} |"],
]; // prettier-ignore

describe.runIf(isInstalled)("a field with suggestions", () => {
  for (const [script, becomes, fields = FIELDS] of INTERACTIONS) {
    for (const id of fields) {
      it(`${id}: ${JSON.stringify(script)} → ${JSON.stringify(becomes)}`, async () => {
        await onPage(async (page) => {
          await page.locator(`#${id}`).focus();
          const inserts = await perform(page, id, script);
          const pattern = becomes
            .replaceAll(/[.()?+^$\\]/g, "\\$&")
            .replaceAll("*", "[\\w.,' ]+")
            .replaceAll(/\{(\d)\}/g, (_, number) => inserts[Number(number) - 1]!.replaceAll(".", "\\."))
            .replaceAll("|", "\\|");
          const expected = new RegExp(becomes.includes("|") ? `^${pattern}$` : `^${pattern}\\|?$`);
          await expect.poll(async () => {
            const text = await textOf(page, id);
            return becomes.includes("|") ? text : text.replace("|", "");
          }).toMatch(expected);
        });
      });
    }
  }
}); // prettier-ignore

describe.runIf(isInstalled)("ghost text", () => {
  for (const id of FIELDS) {
    it(`stands at the end of a line, and not in the middle: ${id}`, async () => {
      await visit(browser, site.url, async (page) => {
        const [insert] = await perform(page, id, "the uni<…>");
        await expect.poll(() => ghostOf(page, id)).toBe(insert);
        await perform(page, id, "<ArrowLeft><…>");
        await expect.poll(() => ghostOf(page, id)).toBe("");
        await perform(page, id, "<End><…>");
        await expect.poll(() => ghostOf(page, id)).toBe(insert);
        await page.locator("#first").focus();
        await expect.poll(() => ghostOf(page, id)).toBe("");
      });
    });

    it(`begins where the cursor is: ${id}`, async () => {
      await visit(browser, site.url, async (page) => {
        await perform(page, id, "the uni<…>");
        const [ghost, field] = await Promise.all([
          page.locator(`afterword-suggest[for=${id}] [part=ghost]`).boundingBox(),
          page.locator(`#${id}`).boundingBox(),
        ]);
        const width = await page.evaluate((name) => {
          const canvas = document.createElement("canvas").getContext("2d")!;
          canvas.font = getComputedStyle(document.getElementById(name)!).font;
          return canvas.measureText("the uni").width;
        }, id);
        const edge = id === "line" || id === "area" ? 10 : 9; // padding and border
        expect(Math.abs(ghost!.x - field!.x - edge - width)).toBeLessThan(2);
        expect(ghost!.y).toBeGreaterThanOrEqual(field!.y);
        expect(ghost!.y + ghost!.height).toBeLessThanOrEqual(field!.y + field!.height);
      });
    });
  }

  it("narrows at once while an answer is under way", async () => {
    await visit(browser, site.url, async (page) => {
      const [insert] = await perform(page, "area", "the un<…>");
      await page.route("**", () => {}); // nothing is answered any more
      await page.locator("#area").press(insert![0]!);
      await expect.poll(() => ghostOf(page, "area")).toBe(insert!.slice(1));
    });
  });
});

describe.runIf(isInstalled)("the keyboard", () => {
  it("passes by a field that nobody has typed into", async () => {
    await visit(browser, site.url, async (page) => {
      await page.locator("#first").focus();
      for (const id of ["area", "line", "rich", "right", "last"]) {
        await page.keyboard.press("Tab");
        expect(await focused(page)).toBe(id);
      }
      expect(await page.locator("#area").inputValue()).toBe("");
    });
  });

  it("always gets out: by Escape and Tab, by Shift+Tab, and by a second Tab where nothing is offered", async () => {
    await visit(browser, site.url, async (page) => {
      await perform(page, "area", "the uni<…><Escape><Tab>");
      expect(await focused(page)).toBe("line");
      await perform(page, "area", "x<…><Shift+Tab>");
      expect(await focused(page)).toBe("first");
      await page.locator("#area").focus();
      await perform(page, "area", " me@qq<…><Tab>");
      expect(await focused(page)).toBe("area");
      expect(await page.locator("#area").inputValue()).toContain(" me@qq");
      await page.keyboard.press("Tab");
      expect(await focused(page)).toBe("line");
    });
  });

  it("does not press a button by a Tab that found nothing", async () => {
    await visit(browser, site.url, async (page) => {
      await perform(page, "area", "we met me@qq<…><Tab> yesterday");
      expect(await page.locator("#area").inputValue()).toBe("we met me@qq yesterday");
    });
  });

  it("rejects a word by its number", async () => {
    await visit(browser, site.url, async (page) => {
      await perform(page, "area", "the <…>");
      const [first, second] = await offered(page, "area");
      await page.keyboard.press("Alt+Shift+Digit1");
      await expect.poll(async () => (await offered(page, "area"))[0]!.word).toBe(second!.word);
      expect((await offered(page, "area")).slice(0, 4)).not.toContainEqual(first);
    });
  });

  it("accepts towards the left where text runs so", async () => {
    await visit(browser, site.url, async (page) => {
      const [insert] = await perform(page, "right", "the uni<…><ArrowRight>");
      await perform(page, "right", "<End><…><ArrowLeft>");
      expect(await page.locator("#right").inputValue()).toBe(`the uni${insert} `);
    });
  });
});

describe.runIf(isInstalled)("the strip", () => {
  for (const id of FIELDS) {
    it(`accepts by pointer and keeps the focus in the field: ${id}`, async () => {
      await visit(browser, site.url, async (page) => {
        const inserts = await perform(page, id, "the uni<…>");
        await stripOf(page, id).nth(1).click();
        expect(await focused(page)).toBe(id);
        expect(await textOf(page, id)).toBe(`the uni${inserts[1]} |`);
      });
    });
  }

  it("shows what will be typed", async () => {
    await visit(browser, site.url, async (page) => {
      const inserts = await perform(page, "area", "THE UNI<…>");
      const labels = await stripOf(page, "area").allTextContents();
      expect(labels).toEqual(inserts.map((insert) => (insert.startsWith(" ") ? insert.trim() : `UNI${insert}`))); // prettier-ignore
    });
  });

  it("rejects by its own button", async () => {
    await visit(browser, site.url, async (page) => {
      await perform(page, "area", "the <…>");
      const [first, second] = await offered(page, "area");
      await page.getByRole("button", { name: `Not ${first!.word}`, exact: true }).click();
      await expect.poll(async () => (await offered(page, "area"))[0]!.word).toBe(second!.word);
    });
  });

  it("is big enough for thumbs on a telephone", async () => {
    await visit(browser, site.url, async (page) => {
      await page.locator("#area").tap();
      const inserts = await perform(page, "area", "the uni<…>");
      const { width, height } = (await stripOf(page, "area").first().boundingBox())!;
      expect(Math.min(width, height)).toBeGreaterThan(43.9);
      await stripOf(page, "area").first().tap();
      expect(await textOf(page, "area")).toBe(`the uni${inserts[0]} |`);
    }, { viewport: PHONE, hasTouch: true, isMobile: true });
  }); // prettier-ignore
});

describe.runIf(isInstalled)("input methods", () => {
  it("suggest nothing while characters are composed, and take no key", async () => {
    await visit(browser, site.url, async (page) => {
      await perform(page, "area", "the <…>");
      const client = await page.context().newCDPSession(page);
      await client.send("Input.imeSetComposition", { text: "uni", selectionStart: 3, selectionEnd: 3 }); // prettier-ignore
      expect(await stripOf(page, "area").count()).toBe(0);
      await expect.poll(() => ghostOf(page, "area")).toBe("");
      await client.send("Input.insertText", { text: "uni" });
      const [first] = await offered(page, "area");
      await page.keyboard.press("Tab");
      expect(await textOf(page, "area")).toBe(`the uni${first!.insert} |`);
    });
  });

  it("of telephones insert text without keys", async () => {
    await visit(browser, site.url, async (page) => {
      const client = await page.context().newCDPSession(page);
      await page.locator("#area").focus();
      await client.send("Input.insertText", { text: "the uni" });
      const [first] = await offered(page, "area");
      await stripOf(page, "area").first().click();
      await client.send("Input.insertText", { text: "." });
      expect(await textOf(page, "area")).toBe(`the uni${first!.insert}.|`);
    });
  });
});

describe.runIf(isInstalled)("assistive technology", () => {
  it("is told of the keys, and hears what is suggested when typing rests", async () => {
    await visit(browser, site.url, async (page) => {
      const area = page.locator("#area");
      const id = (await area.getAttribute("aria-describedby"))!;
      expect(await page.locator(`#${id}`).textContent()).toContain("Tab accepts the first");
      await perform(page, "area", "the uni<…>");
      const label = await stripOf(page, "area").first().textContent();
      const status = page.locator("afterword-suggest[for=area] [role=status]");
      await expect.poll(() => status.textContent()).toMatch(new RegExp(`^${label}; \\d suggestions$`));
      expect(await focused(page)).toBe("area");
    });
  }); // prettier-ignore

  for (const colorScheme of ["light", "dark"] as const) {
    it(`is offered nothing that axe complains of, ${colorScheme}`, async () => {
      await visit(browser, site.url, async (page) => {
        for (const id of FIELDS) {
          await perform(page, id, "the uni<…>");
          await expectNoViolations(page);
        }
      }, { colorScheme });
    }); // prettier-ignore
  }
});

describe.runIf(isInstalled)("the server", () => {
  it("lost and back: nothing typed is lost, and suggestions come again", async () => {
    await visit(browser, site.url, async (page) => {
      await perform(page, "area", "the <…>");
      await page.context().setOffline(true);
      await perform(page, "area", "State of the ");
      await page.context().setOffline(false);
      const [insert] = await perform(page, "area", "uni<…><Tab>");
      expect(await textOf(page, "area")).toBe(`the State of the uni${insert} |`);
    });
  });

  it("is not asked for a field that is gone, which is as it was before", async () => {
    await visit(browser, site.url, async (page) => {
      await perform(page, "area", "the <…>");
      await page.evaluate(() => document.querySelector("afterword-suggest")!.remove());
      const area = page.locator("#area");
      expect(await area.getAttribute("aria-describedby")).toBeNull();
      await page.keyboard.press("Tab");
      expect(await focused(page)).toBe("line");
    });
  });
});
