// bench/page: what typing costs in a page, in headless Chromium: from the key to the ghost text with the model in the page, how soon
// a cold page suggests, and what memory a long text takes while the network comes and goes. The server is on this machine:
// loading takes no network's time.

import type { Browser } from "playwright-core";
import { allSources, BUILT_IN_CORPUS, findSources } from "#training/data/text-source";
import type { BenchOptions } from "./options.ts";
import { makeEnglishModel } from "./page-model.ts";
import { percentile } from "./percentile.ts";
import { post, serveModel } from "./serve-preset.ts";
import { launchChromium, measureMemory, openPage, type } from "./typed-page.ts";

const PRESET = "best";
const KEYSTROKES = 600;
const WARM_UP = 60; // keystrokes until everything is compiled
const BREAK_MS = 60; // between two keys of a very fast typist
const COLD_BREAK_MS = 150; // of a good one
const COLD_PAGES = 5;
const LETTERS = 10_000;
const OUTAGES = 50;

export async function run({ log }: BenchOptions): Promise<object> {
  const browser = await launchChromium();
  try {
    return await measurePages(browser, log);
  } finally {
    await browser.close();
  }
}

async function measurePages(browser: Browser, log: BenchOptions["log"]): Promise<object> {
  const text = await readText();
  const { url, close } = await serveModel(makeEnglishModel(PRESET));
  try {
    await post(url, "/v1/predict", { text: "the " }); // somebody was here before
    const cold = await measureCold(browser, url, text);
    log(`cold pages: ${JSON.stringify(cold)}`);
    const latency = await measureLatency(browser, url, text);
    log(`keydown → ghost: ${JSON.stringify(latency)}`);
    const memory: Record<string, object> = {};
    for (const where of ["page", "server"]) {
      memory[where] = await measureLongText(browser, url, text, where === "page");
      log(`${LETTERS} letters, the ${where} answers: ${JSON.stringify(memory[where])}`);
    }
    return { preset: PRESET, keydown_to_ghost: latency, cold, memory };
  } finally {
    await close();
  }
}

/** A speech in letters that every keyboard has. */
async function readText(): Promise<string> {
  const [source] = allSources(await findSources(BUILT_IN_CORPUS));
  const chunks = [];
  for await (const chunk of source!.open()) chunks.push(chunk);
  return Buffer.concat(chunks)
    .toString()
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[^ -~]/g, "")
    .slice(0, LETTERS);
}

async function measureLatency(browser: Browser, server: URL, text: string) {
  const page = await openPage(browser, server, true);
  await page.waitForFunction(() => bench.takenOver !== undefined);
  await type(page, text.slice(0, WARM_UP + KEYSTROKES), BREAK_MS);
  const all = await page.evaluate(() => bench.keystrokes);
  await page.context().close();
  const shown = all.slice(WARM_UP).filter(({ ghost }) => ghost !== "");
  const times = shown.map(({ ms }) => ms);
  const at = (share: number) => round(percentile(times, share));
  return { keystrokes: shown.length, p50_ms: at(0.5), p90_ms: at(0.9), p99_ms: at(0.99) };
}

/** Of several pages in profiles of their own, the one in the middle. */
async function measureCold(browser: Browser, server: URL, text: string) {
  const pages = [];
  for (let visit = 0; visit < COLD_PAGES; visit++) {
    const page = await openPage(browser, server, true);
    await type(page, text.slice(0, 20), COLD_BREAK_MS);
    await page.waitForFunction(() => bench.takenOver !== undefined);
    pages.push(await page.evaluate(() => ({ firstMs: bench.firstGhost!, takenOver: bench.takenOver! }))); // prettier-ignore
    await page.context().close();
  }
  const words = pages.map(({ takenOver }) => text.slice(0, takenOver).split(" ").length);
  return { first_suggestion_ms: round(percentile(pages.map(({ firstMs }) => firstMs), 0.5)), taken_over_in_word: percentile(words, 0.5) }; // prettier-ignore
}

/** Types a long text while the network goes away and comes back. */
async function measureLongText(browser: Browser, server: URL, text: string, isLocal: boolean) {
  const page = await openPage(browser, server, isLocal);
  if (isLocal) await page.waitForFunction(() => bench.takenOver !== undefined);
  const part = Math.ceil(LETTERS / (2 * OUTAGES + 1));
  const typePart = (number: number) =>
    type(page, text.slice(number * part, (number + 1) * part), 0);
  await typePart(0);
  const before = await measureMemory(page);
  for (let outage = 1; outage <= OUTAGES; outage++) {
    await page.context().setOffline(true);
    await typePart(2 * outage - 1);
    await page.context().setOffline(false);
    await typePart(2 * outage);
  }
  await page.waitForFunction(() => !bench.attachment.suggester.isWaiting);
  const after = await measureMemory(page);
  const isWhole = (await page.locator("textarea").inputValue()) === text;
  await page.context().close();
  const megabytes = (bytes: number) => round(bytes / 1e6);
  return { outages: OUTAGES, before_mb: megabytes(before), after_mb: megabytes(after), is_whole: isWhole }; // prettier-ignore
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
