// test/slow/pages/chromium-page: one page of Chromium. Input methods are spoken to by its own protocol.

import type { CDPSession, Page } from "playwright-core";
import { isInstalled, launch, visit } from "./browser.ts";
import type { DrivenBrowser, DrivenPage, Showing } from "./driven-page.ts";

interface AccessibilityNode {
  ignored: boolean;
  role?: { value: string };
  name?: { value: string };
}

/** Starts it without a window. */
export async function launchChromium(): Promise<DrivenBrowser> {
  const browser = await launch();
  return {
    name: "Chromium",
    close: () => browser.close(),
    visit: (url, use, { viewport, isDark = false }: Showing = {}) => {
      const options = { ...(viewport && { viewport }), colorScheme: isDark ? "dark" : "light" } as const; // prettier-ignore
      return visit(browser, url, async (page) => use(await ChromiumPage.of(page)), options);
    },
  };
}

export const isChromiumInstalled = isInstalled;

export class ChromiumPage implements DrivenPage {
  readonly page: Page;
  readonly #protocol: CDPSession;

  private constructor(page: Page, protocol: CDPSession) {
    [this.page, this.#protocol] = [page, protocol];
  }

  static async of(page: Page): Promise<ChromiumPage> {
    await page.context().grantPermissions(["clipboard-write"]);
    return new ChromiumPage(page, await page.context().newCDPSession(page));
  }

  async another(): Promise<DrivenPage> {
    return ChromiumPage.of(await this.page.context().newPage());
  }

  async goto(url: string): Promise<void> {
    await this.page.goto(url);
  }

  evaluate<Result, Argument>(
    run: (argument: Argument) => Result,
    argument?: Argument,
  ): Promise<Awaited<Result>> {
    return this.page.evaluate(run as never, argument) as Promise<Awaited<Result>>;
  }

  press(key: string): Promise<void> {
    return this.page.keyboard.press(key);
  }

  type(text: string): Promise<void> {
    return this.page.keyboard.type(text);
  }

  async paste(text: string): Promise<void> {
    await this.page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
    await this.press("Control+v");
  }

  async compose(text: string): Promise<void> {
    await this.#protocol.send("Input.imeSetComposition", {
      text,
      selectionStart: text.length,
      selectionEnd: text.length,
    });
  }

  async commit(text: string): Promise<void> {
    await this.#protocol.send("Input.insertText", { text });
  }

  click(x: number, y: number): Promise<void> {
    return this.page.mouse.click(x, y);
  }

  setOffline(isOffline: boolean): Promise<void> {
    return this.page.context().setOffline(isOffline);
  }

  async accessibilityTree(): Promise<string[]> {
    const { nodes } = (await this.#protocol.send("Accessibility.getFullAXTree")) as unknown as {
      nodes: AccessibilityNode[];
    };
    return nodes
      .filter(({ ignored, name }) => !ignored && name?.value)
      .map(({ role, name }) => `${role!.value} ${name!.value}`);
  }

  screenshot(): Promise<Buffer> {
    return this.page.screenshot();
  }
}
