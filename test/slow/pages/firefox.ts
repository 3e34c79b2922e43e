// test/slow/pages/firefox: Debian's Firefox ESR by WebDriver BiDi. What web pages cannot be told by it (input methods, no network,
// the tree of assistive technology) is done in the browser's own scope.

import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { BidiConnection } from "./bidi.ts";
import type { DrivenBrowser, DrivenPage, Showing } from "./driven-page.ts";
import { FirefoxPage } from "./firefox-page.ts";

const FIREFOX = "/usr/bin/firefox-esr"; // apt-get install firefox-esr
const MIN_VERSION = 153; // the first ESR whose browsingContext.getTree takes moz:scope
export const isFirefoxInstalled = existsSync(FIREFOX) && versionOf(FIREFOX) >= MIN_VERSION;
if (!isFirefoxInstalled) {
  process.stderr.write(
    `skipped: tests of pages need ${FIREFOX} of version ${MIN_VERSION} or later\n`,
  );
}

const PREFERENCES = {
  "network.disable-localhost-when-offline": true,
  "layout.css.prefers-color-scheme.content-override": 1, // light
  "browser.shell.checkDefaultBrowser": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "app.update.disabledForTesting": true,
};

/** Starts it without a window. */
export async function launchFirefox(): Promise<DrivenBrowser> {
  const profile = mkdtempSync(join(tmpdir(), "firefox-"));
  const lines = Object.entries(PREFERENCES).map(([name, value]) => `user_pref("${name}", ${value});`);
  writeFileSync(join(profile, "user.js"), lines.join("\n"));
  const program = spawn(
    FIREFOX,
    ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0", "--remote-allow-system-access"],
    { env: { ...process.env, HOME: profile }, stdio: ["ignore", "ignore", "pipe"] },
  );
  const bidi = await BidiConnection.open(`${await addressOf(program)}/session`);
  await bidi.call("session.new", { capabilities: {} });
  await bidi.call("session.subscribe", { events: ["log.entryAdded"] });
  return new Firefox(bidi, program, profile);
} // prettier-ignore

/** The major version, e.g. 153 of "Mozilla Firefox 153.8.0esr". */
function versionOf(program: string): number {
  return parseInt(execFileSync(program, ["--version"], { encoding: "utf8" }).split(" ").at(-1)!);
}

function addressOf(program: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    program.once("exit", (status) => reject(new Error(`Firefox ended with ${status}: ${said}`)));
    program.stderr!.on("data", (part) => {
      said += part;
      const [, address] = /WebDriver BiDi listening on (ws:\S+)/.exec(said) ?? [];
      if (address) resolve(address);
    });
  });
}

/** What Firefox says of sockets, among a page's errors: that one did not come about, which pages have to expect. */
const OF_SOCKETS =
  /^(?:Firefox can’t establish a connection|The connection) to (?:the server at )?ws:/;

class Firefox implements DrivenBrowser {
  readonly name = "Firefox";
  readonly #bidi: BidiConnection;
  readonly #program: ChildProcess;
  readonly #profile: string;

  constructor(bidi: BidiConnection, program: ChildProcess, profile: string) {
    [this.#bidi, this.#program, this.#profile] = [bidi, program, profile];
  }

  async visit(url: string, use: (page: DrivenPage) => Promise<void>, { viewport, isDark = false }: Showing = {}) {
    const { userContext } = await this.#bidi.call<{ userContext: string }>("browser.createUserContext");
    const errors: string[] = [];
    const stop = this.#bidi.listen("log.entryAdded", (entry: { type: string; text: string }) => {
      if (entry.type === "javascript" && !OF_SOCKETS.test(entry.text)) errors.push(entry.text);
    });
    try {
      const page = await FirefoxPage.open(this.#bidi, userContext);
      await page.setPreference("layout.css.prefers-color-scheme.content-override", isDark ? 0 : 1);
      if (viewport) await page.setViewport(viewport);
      await page.goto(url);
      await use(page);
      expect(errors).toEqual([]);
    } finally {
      stop();
      await this.#bidi.call("browser.removeUserContext", { userContext });
    }
  } // prettier-ignore

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#program.once("exit", resolve));
    await this.#bidi.call("browser.close");
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
