// `<afterword-suggest>` in each browser against the running Worker: what is seen and heard of it, and how it gets on with the
// keyboard, the pointer, other tabs and the network.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BROWSERS } from "./browsers.ts";
import { expectNoViolations, middleOf } from "./driven-page.ts";
import type { DrivenBrowser, DrivenPage, Showing } from "./driven-page.ts";
import { clickSuggestion, FIELDS, focus, focused, ghostOf, labelsOf, offered, partOf, perform, serveFields, textOf } from "./fields.ts"; // prettier-ignore

let site: Awaited<ReturnType<typeof serveFields>>;

beforeAll(async () => void (site = await serveFields()));
afterAll(() => site?.close());

for (const { name, isInstalled, launch } of BROWSERS) {
  describe.runIf(isInstalled)(name, () => {
    let browser: DrivenBrowser;
    beforeAll(async () => void (browser = await launch()));
    afterAll(() => browser?.close());
    const visit = (use: (page: DrivenPage) => Promise<void>, showing: Showing = {}) =>
      browser.visit(site.url, use, showing);

    describe("ghost text", () => {
      for (const id of FIELDS) {
        it(`stands at the end of a line, and not in the middle: ${id}`, async () => {
          await visit(async (page) => {
            const [insert] = await perform(page, id, "the uni<…>");
            await expect.poll(() => ghostOf(page, id)).toBe(insert);
            await perform(page, id, "<ArrowLeft><…>");
            await expect.poll(() => ghostOf(page, id)).toBe("");
            await perform(page, id, "<End><…>");
            await expect.poll(() => ghostOf(page, id)).toBe(insert);
            await focus(page, "first");
            await expect.poll(() => ghostOf(page, id)).toBe("");
          });
        });

        for (const zoom of [1, 2]) {
          it(`begins where the cursor is, at ${zoom} × zoom: ${id}`, async () => {
            await visit(async (page) => {
              await page.evaluate((factor) => (document.body.style.zoom = String(factor)), zoom);
              await perform(page, id, "the uni<…>");
              const field = await middleOf(page, `#${id}`);
              const ghost = await partOf(page, id, "[part=ghost]");
              const width = await page.evaluate((field) => {
                const canvas = document.createElement("canvas").getContext("2d")!;
                const { fontSize, fontFamily } = getComputedStyle(document.getElementById(field)!);
                canvas.font = `${fontSize} ${fontFamily}`;
                return canvas.measureText("the uni").width;
              }, id);
              const edge = id === "rich" ? 9 : 10; // padding and border; browsers differ by one in an input's
              expect(Math.abs((ghost.x - field.x) / zoom - edge - width)).toBeLessThan(3);
              expect(ghost.y).toBeGreaterThanOrEqual(field.y);
              expect(ghost.y + ghost.height).toBeLessThanOrEqual(field.y + field.height + 1);
            });
          });
        }
      }

      it("goes on in the next line where the word does not fit, and moves no letter that is typed", async () => {
        await visit(async (page) => {
          await page.evaluate(() => {
            const area = document.getElementById("area")!;
            const canvas = document.createElement("canvas").getContext("2d")!;
            const { fontSize, fontFamily } = getComputedStyle(area);
            canvas.font = `${fontSize} ${fontFamily}`;
            area.style.boxSizing = "content-box";
            area.style.width = `${canvas.measureText("the uni").width + 4}px`;
          });
          await perform(page, "area", "the uni<…>");
          const field = await middleOf(page, "#area");
          const ghost = await partOf(page, "area", "[part=ghost]");
          expect(Math.abs(ghost.x - field.x - 10)).toBeLessThan(3); // padding and border
          expect(ghost.y - field.y).toBeGreaterThan(24); // a line's height
        });
      });

      it("narrows at once while an answer is under way", async () => {
        await visit(async (page) => {
          const [insert] = await perform(page, "area", "the un<…>");
          await page.setOffline(true);
          try {
            await page.press(insert![0]!);
            expect(await ghostOf(page, "area")).toBe(insert!.slice(1));
          } finally {
            await page.setOffline(false);
          }
        });
      });
    });

    describe("the keyboard", () => {
      it("passes by a field that nobody has typed into", async () => {
        await visit(async (page) => {
          await focus(page, "first");
          for (const id of ["area", "line", "rich", "right", "last"]) {
            await page.press("Tab");
            expect(await focused(page)).toBe(id);
          }
          expect(await textOf(page, "area")).toBe("|");
        });
      });

      it("always gets out: by Escape and Tab, by Shift+Tab, and by a second Tab where nothing is offered", async () => {
        await visit(async (page) => {
          await perform(page, "area", "the uni<…><Escape><Tab>");
          expect(await focused(page)).toBe("line");
          await perform(page, "area", "x<…><Shift+Tab>");
          expect(await focused(page)).toBe("first");
          await perform(page, "area", " me@qq<…><Tab>");
          expect(await focused(page)).toBe("area");
          expect(await textOf(page, "area")).toContain(" me@qq");
          await page.press("Tab");
          expect(await focused(page)).toBe("line");
        });
      });

      it("does not press a button by a Tab that found nothing", async () => {
        await visit(async (page) => {
          await perform(page, "area", "we met me@qq<…><Tab> yesterday");
          expect(await textOf(page, "area")).toBe("we met me@qq yesterday|");
        });
      });

      it("rejects a word by its number", async () => {
        await visit(async (page) => {
          await perform(page, "area", "the <…>");
          const [first, second] = await offered(page, "area");
          await page.press("Alt+Shift+Digit1");
          await expect.poll(async () => (await offered(page, "area"))[0]!.word).toBe(second!.word);
          const words = (await offered(page, "area")).map(({ word }) => word);
          expect(words.slice(0, 4)).not.toContain(first!.word);
        });
      });

      it("accepts towards the left where text runs so", async () => {
        await visit(async (page) => {
          const [insert] = await perform(page, "right", "the uni<…><ArrowRight>");
          await perform(page, "right", "<End><…><ArrowLeft>");
          expect(await textOf(page, "right")).toBe(`the uni${insert} |`);
        });
      });
    });

    describe("the strip", () => {
      for (const id of FIELDS) {
        it(`accepts by pointer and keeps the focus in the field: ${id}`, async () => {
          await visit(async (page) => {
            const inserts = await perform(page, id, "the uni<…>");
            await clickSuggestion(page, id, 1);
            expect(await focused(page)).toBe(id);
            expect(await textOf(page, id)).toBe(`the uni${inserts[1]} |`);
          });
        });
      }

      it("shows what will be typed", async () => {
        await visit(async (page) => {
          const inserts = await perform(page, "area", "THE UNI<…>");
          const written = inserts.map((insert) => (insert.startsWith(" ") ? insert.trim() : `UNI${insert}`)); // prettier-ignore
          expect(await labelsOf(page, "area")).toEqual(written);
        });
      });

      it("rejects by its own button", async () => {
        await visit(async (page) => {
          await perform(page, "area", "the <…>");
          const [, second] = await offered(page, "area");
          await page.click(...(await partOf(page, "area", "[part=reject]")).middle);
          await expect.poll(async () => (await offered(page, "area"))[0]!.word).toBe(second!.word);
        });
      });
    });

    describe("input methods", () => {
      it("suggest nothing while characters are composed, and take no key", async () => {
        await visit(async (page) => {
          await perform(page, "area", "the <…>");
          await page.compose("uni");
          expect(await textOf(page, "area")).toBe("the uni|");
          expect(await labelsOf(page, "area")).toEqual([]);
          expect(await ghostOf(page, "area")).toBe("");
          await page.commit("uni");
          const [first] = await offered(page, "area");
          await page.press("Tab");
          expect(await textOf(page, "area")).toBe(`the uni${first!.insert} |`);
        });
      });
    });

    describe("assistive technology", () => {
      it("is told of the keys, and hears what is suggested when typing rests", async () => {
        await visit(async (page) => {
          const description = await page.evaluate(() => {
            const id = document.getElementById("area")!.getAttribute("aria-describedby")!;
            return document.getElementById(id)!.textContent;
          });
          expect(description).toContain("Tab accepts the first");
          await perform(page, "area", "the uni<…>");
          const [label] = await labelsOf(page, "area");
          const status = async () => (await labelsOf(page, "area", "[role=status]"))[0];
          await expect.poll(status).toMatch(new RegExp(`^${label}; \\d suggestions$`));
          expect(await focused(page)).toBe("area");
        });
      });

      it("finds the field, a group of suggestions, and no ghost", async () => {
        await visit(async (page) => {
          const inserts = await perform(page, "area", "the uni<…>");
          const tree = await page.accessibilityTree();
          const ofRole = (role: RegExp) => tree.filter((line) => role.test(line)).map((line) => line.replace(role, "")); // prettier-ignore
          expect(ofRole(/^(?:textbox|entry|text area) /)).toEqual(expect.arrayContaining(["Area", "Line", "Rich"])); // prettier-ignore
          expect(ofRole(/^(?:group|grouping) /)).toContain("Suggestions");
          const buttons = ofRole(/^(?:button|pushbutton) /);
          for (const label of await labelsOf(page, "area")) expect(buttons).toContain(label);
          expect(tree.filter((line) => line.endsWith(` ${inserts[0]}`))).toEqual([]);
        });
      });

      for (const isDark of [false, true]) {
        it(`is offered nothing that axe complains of, ${isDark ? "dark" : "light"}`, async () => {
          await visit(async (page) => {
            for (const id of FIELDS) {
              await perform(page, id, "the uni<…>");
              await expectNoViolations(page);
            }
          }, { isDark });
        }); // prettier-ignore
      }
    });

    describe("the server", () => {
      it("lost and back: nothing typed is lost, and suggestions come again", async () => {
        await visit(async (page) => {
          await perform(page, "area", "the <…>");
          await page.setOffline(true);
          await perform(page, "area", "State of the ").finally(() => page.setOffline(false));
          const [insert] = await perform(page, "area", "uni<…><Tab>");
          expect(await textOf(page, "area")).toBe(`the State of the uni${insert} |`);
        });
      });

      it("answers two tabs each for its own text", async () => {
        await visit(async (page) => {
          await perform(page, "area", "the Sta<…>");
          const second = await page.another();
          await second.goto(site.url);
          const [other] = await perform(second, "area", "we must uni<…><Tab>");
          expect(await textOf(second, "area")).toBe(`we must uni${other} |`);
          const [insert] = await perform(page, "area", "te of the uni<…><Tab>");
          expect(await textOf(page, "area")).toBe(`the State of the uni${insert} |`);
        });
      });

      it("is not asked for a field that is gone, which is as it was before", async () => {
        await visit(async (page) => {
          await perform(page, "area", "the <…>");
          await page.evaluate(() => document.querySelector("afterword-suggest")!.remove());
          const description = await page.evaluate(() =>
            document.getElementById("area")!.getAttribute("aria-describedby"),
          );
          expect(description).toBeNull();
          await page.press("Tab");
          expect(await focused(page)).toBe("line");
        });
      });
    });
  });
}
