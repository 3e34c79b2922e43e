// test/slow/pages/driven-page: what tests do to a page, whichever browser shows it.

import { expect } from "vitest";
import type { AxeResults } from "axe-core";
import { AXE } from "./browser.ts";

/** How a page is shown. */
export interface Showing {
  viewport?: { width: number; height: number };
  isDark?: boolean;
}

export interface DrivenPage {
  goto(url: string): Promise<void>;
  /** Runs a function there; what it takes and answers is JSON. */
  evaluate<Result, Argument>(run: (argument: Argument) => Result, argument?: Argument): Promise<Awaited<Result>>; // prettier-ignore
  /** A key with its modifiers, e.g. `Control+Shift+z`, `Alt+Digit1`, `ArrowLeft`. */
  press(key: string): Promise<void>;
  /** Each letter by its key. */
  type(text: string): Promise<void>;
  /** From the clipboard, into what has the focus. */
  paste(text: string): Promise<void>;
  /** An input method composes a text, and has not decided yet: the page has heard of it. */
  compose(text: string): Promise<void>;
  /** It decides for a text: what it composed is replaced. Without a composition, as telephones insert words. */
  commit(text: string): Promise<void>;
  /** At a point of the viewport. */
  click(x: number, y: number): Promise<void>;
  setOffline(isOffline: boolean): Promise<void>;
  /** Of the whole page, a line for each named thing: its role and its name, as assistive technology sees them. */
  accessibilityTree(): Promise<string[]>;
  screenshot(): Promise<Buffer>;
  /** Another page with the same storage. */
  another(): Promise<DrivenPage>;
}

export interface DrivenBrowser {
  readonly name: string;
  /** Opens a page in a profile of its own, which must not report an error. */
  visit(url: string, use: (page: DrivenPage) => Promise<void>, showing?: Showing): Promise<void>;
  close(): Promise<void>;
}

/** Where the middle of an element is, in shadow trees too: the selectors of the hosts, then its own. */
export function middleOf(page: DrivenPage, ...path: [...string[], number | string]) {
  return page.evaluate((steps) => {
    let root: Document | ShadowRoot = document;
    let found: Element | undefined;
    const index = typeof steps.at(-1) === "number" ? (steps.at(-1) as number) : 0;
    for (const step of steps.filter((each) => typeof each === "string")) {
      const all: NodeListOf<Element> = (found?.shadowRoot ?? root).querySelectorAll(step as string);
      found = step === steps.findLast((each) => typeof each === "string") ? all[index] : all[0];
      root = document;
    }
    found!.scrollIntoView({ block: "nearest" });
    const { x, y, width, height } = found!.getBoundingClientRect();
    return { x, y, width, height, middle: [x + width / 2, y + height / 2] as [number, number] };
  }, path as (string | number)[]);
} // prettier-ignore

export async function expectNoViolations(page: DrivenPage): Promise<void> {
  const violations = await page.evaluate(async (axe) => {
    if (!("axe" in globalThis)) {
      const script = document.createElement("script");
      script.text = axe;
      document.head.append(script);
    }
    const found = await (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run();
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`);
  }, AXE); // prettier-ignore
  expect(violations).toEqual([]);
}
