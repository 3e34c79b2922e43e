// bench/typed-page: a page with one field, in headless Chromium, that is typed into; what is seen there is noted in the page
// itself, so that looking costs nothing.

import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import type * as client from "../client/element/all.ts";

const CHROMIUM = "/usr/bin/chromium";
/** Lets `measureUserAgentSpecificMemory` see the page's worker too. */
const ISOLATED = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" }; // prettier-ignore

/** What a keystroke led to. */
export interface Keystroke {
  ghost: string; // that stood in the text in the end
  ms: number; // from the keydown event's own time until that was drawn and laid out
}

/** In the page. */
interface Observed {
  session: client.Session;
  attachment: client.Attachment;
  keystrokes: Keystroke[];
  firstGhost: number | undefined; // ms after the page was asked for
  takenOver: number | undefined; // characters that stood in the field when the page's model began to answer
}

declare global {
  var bench: Observed;
}

/** @throws Error where there is no Chromium */
export function launchChromium(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) throw new Error(`page needs ${CHROMIUM}: apt-get install chromium`);
  const args = ["--no-sandbox", "--enable-blink-features=ForceEagerMeasureMemory"];
  return chromium.launch({ executablePath: CHROMIUM, args });
}

/** A page of the server's own origin, in a profile of its own: the server answers, or its model in the page once it is there. */
export async function openPage(browser: Browser, server: URL, isLocal: boolean): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.route(new URL("/**", server).href, async (route) => {
    const isPage = new URL(route.request().url()).pathname === "/bench";
    if (isPage) return route.fulfill({ body: pageOf(isLocal), contentType: "text/html", headers: ISOLATED }); // prettier-ignore
    const isScript = route.request().url().endsWith(".js");
    if (!isScript) return route.continue();
    const response = await route.fetch();
    return route.fulfill({ response, headers: { ...response.headers(), ...ISOLATED } });
  });
  await page.goto(new URL("/bench", server).href, { waitUntil: "commit" });
  await page.locator("textarea:focus").waitFor();
  return page;
}

const pageOf = (
  isLocal: boolean,
) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>A note</title>
  <textarea id="note" rows="12" cols="80"></textarea>
  <script type="module">
    import { attach, connect, handOver, openLocal, Session } from "/client.js";
    const field = document.getElementById("note");
    const session = connect({ url: location.origin }).session();
    const attachment = attach(field, { source: session });
    globalThis.bench = { session, attachment, keystrokes: [] };
    (${observe})();
    field.focus();
    if (${isLocal}) handOver(session, openLocal({ server: { url: location.origin } })).then(() => (bench.takenOver = field.value.length));
  </script>`;

/** Notes, in the page, for each keystroke when what it led to was drawn. */
function observe(): void {
  const { attachment, keystrokes } = globalThis.bench;
  const ghost = document.querySelector("textarea + div")!.shadowRoot!.querySelector("[part=ghost]")!;
  let start: number | null = null; // of a keystroke whose answer is still to come
  let shown: string | null = null;
  let shownAt = 0;
  addEventListener("keydown", ({ timeStamp }) => ([start, shown] = [timeStamp, null]), { capture: true });
  attachment.suggester.subscribe(() => {
    const { width } = ghost.getBoundingClientRect(); // laid out now
    const text = width > 0 ? ghost.textContent : "";
    const now = performance.now();
    if (text !== shown) [shown, shownAt] = [text, now];
    if (text !== "") globalThis.bench.firstGhost ??= now;
    if (start === null || attachment.suggester.isWaiting) return;
    keystrokes.push({ ghost: text, ms: shownAt - start });
    start = null;
  });
} // prettier-ignore

/** Types letter by letter; a break between two of them, in ms. */
export async function type(page: Page, text: string, breakMs: number): Promise<void> {
  for (const letter of text) {
    await page.keyboard.type(letter);
    if (breakMs > 0) await new Promise((resolve) => setTimeout(resolve, breakMs));
  }
}

/** All that the page and its worker hold, in bytes, after a collection. */
export async function measureMemory(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  return page.evaluate(async () => {
    type Measuring = Performance & { measureUserAgentSpecificMemory(): Promise<{ bytes: number }> };
    return (await (performance as Measuring).measureUserAgentSpecificMemory()).bytes;
  });
}
