// test/slow/pages/fields: a page of fields with suggestions from the running Worker, and what tests see and do there.

import { startWorker } from "../../running-worker.ts";
import { bundle, serve } from "./browser.ts";
import type { DrivenPage } from "./driven-page.ts";
import { middleOf } from "./driven-page.ts";

export const FIELDS = ["area", "line", "rich"] as const;
export type FieldName = (typeof FIELDS)[number];

/** What the element offers tests. */
type Suggesting = Element & {
  attachment: {
    refresh(): void;
    suggester: { isWaiting: boolean; predictions: { insert: string; word: string }[] };
  };
}; // prettier-ignore

/** The page and the Worker that it asks, until `close`. */
export async function serveFields() {
  const worker = await startWorker();
  const page = await servePage(worker.url);
  const close = async () => {
    page.close();
    await worker.close();
  };
  return { url: page.url, close };
}

async function servePage(server: string) {
  const suggest = (id: string) =>
    `<afterword-suggest for="${id}" url="${server}" rejectable></afterword-suggest>`;
  return serve({
    "/element.js": await bundle(`export * from "./client/element/index.ts"`),
    "/index.html": `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Fields</title><script type="module" src="/element.js"></script>
      <style>textarea, input, #rich { font: 16px/1.5 serif; width: 400px; padding: 8px } #rich { border: 1px solid }</style></head>
      <body><main><h1>Fields</h1><button id="first">first</button>
      <label for="area">Area</label><textarea id="area" rows="4"></textarea>${suggest("area")}
      <label for="line">Line</label><input id="line">${suggest("line")}
      <div id="rich" contenteditable="true" role="textbox" aria-label="Rich" aria-multiline="true"></div>${suggest("rich")}
      <label for="right">Right to left</label><textarea id="right" dir="rtl"></textarea>${suggest("right")}
      <button id="last">last</button></main></body></html>`,
  });
}

/** What the page offers for a field, once it is for the text that is there. */
export function offered(page: DrivenPage, id: string) {
  return page.evaluate(async (name) => {
    const { attachment } = document.querySelector(`afterword-suggest[for=${name}]`) as Suggesting;
    const { suggester } = attachment;
    attachment.refresh(); // browsers tell of a cursor that was moved in an event of later
    while (suggester.isWaiting) await new Promise((resolve) => setTimeout(resolve, 5));
    return suggester.predictions.map(({ insert, word }) => ({ insert, word }));
  }, id);
} // prettier-ignore

/** The text, with `|` at the cursor. */
export function textOf(page: DrivenPage, id: string): Promise<string> {
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
    const text = element.textContent.replaceAll("\u00a0", " ");
    return `${text.slice(0, at)}|${text.slice(at)}`;
  }, id);
}

export const ghostOf = (page: DrivenPage, id: string) =>
  page.evaluate((name) => {
    const { shadowRoot } = document.querySelector(`afterword-suggest[for=${name}]`)!;
    const ghost = shadowRoot!.querySelector("[part=ghost]")!;
    return ghost.checkVisibility() ? ghost.textContent : "";
  }, id);

/** Of something inside a field's suggestions, e.g. `[part=ghost]`. */
export const partOf = (page: DrivenPage, id: string, selector: string, index = 0) =>
  middleOf(page, `afterword-suggest[for=${id}]`, selector, index);

export const labelsOf = (page: DrivenPage, id: string, selector = "[part~=suggestion]") =>
  page.evaluate(([name, part]) => {
    const { shadowRoot } = document.querySelector(`afterword-suggest[for=${name}]`)!;
    return [...shadowRoot!.querySelectorAll(part!)].map((element) => element.textContent);
  }, [id, selector]); // prettier-ignore

export const focused = (page: DrivenPage) => page.evaluate(() => document.activeElement!.id);

export const focus = (page: DrivenPage, id: string) =>
  page.evaluate((name) => {
    if (document.activeElement?.id !== name) document.getElementById(name)!.focus();
  }, id);

export async function clickSuggestion(page: DrivenPage, id: string, index: number): Promise<void> {
  await page.click(...(await partOf(page, id, "[part~=suggestion]", index)).middle);
}

/**
 * Does what a script says: `<Tab>` is a key, `<…>` waits for suggestions, `<paste …>`, `<compose …>` and `<commit …>` are what
 * clipboards and input methods do, `<click 1>` points at the first suggestion; everything else is typed.
 * Answers what the suggestions inserted when it was waited last.
 */
export async function perform(page: DrivenPage, id: string, script: string): Promise<string[]> {
  let inserts: string[] = [];
  await focus(page, id);
  for (const step of script.split(/(<[^<>]+>)/).filter(Boolean)) {
    const [, key, text = ""] = /^<(\S+) ?([^>]*)>$/s.exec(step) ?? [];
    if (key === undefined) await page.type(step);
    else if (key === "…") inserts = (await offered(page, id)).map(({ insert }) => insert);
    else if (key === "paste" || key === "compose" || key === "commit") await page[key](text);
    else if (key === "click") await clickSuggestion(page, id, Number(text) - 1);
    else await page.press(key);
  }
  return inserts;
}
