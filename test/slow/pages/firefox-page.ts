// test/slow/pages/firefox-page: one tab of Firefox.

import type { BidiConnection } from "./bidi.ts";
import type { DrivenPage } from "./driven-page.ts";

/** WebDriver's names of keys that are no letters. */
const KEYS: Record<string, string> = {
  Shift: "\uE008", Control: "\uE009", Alt: "\uE00A", Backspace: "\uE003", Tab: "\uE004", Enter: "\uE007", Escape: "\uE00C",
  End: "\uE010", Home: "\uE011", ArrowLeft: "\uE012", ArrowUp: "\uE013", ArrowRight: "\uE014", ArrowDown: "\uE015", Delete: "\uE017",
}; // prettier-ignore

interface Evaluated {
  type: "success" | "exception";
  result: { value?: string };
  exceptionDetails: { text: string };
}

export class FirefoxPage implements DrivenPage {
  readonly #bidi: BidiConnection;
  readonly #userContext: string;
  readonly #context: string;
  readonly #chrome: string; // the browser's own window

  private constructor(bidi: BidiConnection, userContext: string, context: string, chrome: string) {
    [this.#bidi, this.#userContext, this.#context, this.#chrome] = [bidi, userContext, context, chrome]; // prettier-ignore
  }

  static async open(bidi: BidiConnection, userContext: string): Promise<FirefoxPage> {
    const { context } = await bidi.call<{ context: string }>("browsingContext.create", { type: "tab", userContext }); // prettier-ignore
    const { contexts } = await bidi.call<{ contexts: { context: string }[] }>("browsingContext.getTree", { "moz:scope": "chrome" }); // prettier-ignore
    return new FirefoxPage(bidi, userContext, context, contexts[0]!.context);
  }

  another(): Promise<DrivenPage> {
    return FirefoxPage.open(this.#bidi, this.#userContext);
  }

  async goto(url: string): Promise<void> {
    await this.#bidi.call("browsingContext.navigate", { context: this.#context, url, wait: "complete" }); // prettier-ignore
  }

  async evaluate<Result, Argument>(
    run: (argument: Argument) => Result,
    argument?: Argument,
  ): Promise<Awaited<Result>> {
    return this.#evaluate(this.#context, `(${run})(${JSON.stringify(argument)})`);
  }

  async press(key: string): Promise<void> {
    const values = key.split("+").map((name) => KEYS[name] ?? name.replace("Digit", ""));
    const down = values.map((value) => ({ type: "keyDown", value }));
    const up = values.toReversed().map((value) => ({ type: "keyUp", value }));
    await this.#act({ type: "key", id: "keyboard", actions: [...down, ...up] });
  }

  async type(text: string): Promise<void> {
    for (const letter of text) await this.press(letter === "+" ? "\uE025" : letter);
  }

  async paste(text: string): Promise<void> {
    await this.#inBrowser(
      `Cc["@mozilla.org/widget/clipboardhelper;1"].getService(Ci.nsIClipboardHelper).copyString(${JSON.stringify(text)})`,
    );
    await this.#untilInput(() => this.press("Control+v"));
  }

  async compose(text: string): Promise<void> {
    await this.#useInputMethod(`
      inputMethod.setPendingCompositionString(${JSON.stringify(text)});
      inputMethod.appendClauseToPendingComposition(${text.length}, inputMethod.ATTR_RAW_CLAUSE);
      inputMethod.setCaretInPendingComposition(${text.length});
      inputMethod.flushPendingComposition()`);
  }

  async commit(text: string): Promise<void> {
    await this.#useInputMethod(`inputMethod.commitCompositionWith(${JSON.stringify(text)})`);
  }

  async click(x: number, y: number): Promise<void> {
    const [at, button] = [{ x: Math.round(x), y: Math.round(y) }, { button: 0 }];
    const actions = [{ type: "pointerMove", ...at }, { type: "pointerDown", ...button }, { type: "pointerUp", ...button }]; // prettier-ignore
    await this.#act({ type: "pointer", id: "mouse", actions });
  }

  async setOffline(isOffline: boolean): Promise<void> {
    await this.#inBrowser(`Services.io.offline = ${isOffline}`);
  }

  async setPreference(name: string, value: number): Promise<void> {
    await this.#inBrowser(`Services.prefs.setIntPref("${name}", ${value})`);
  }

  async setViewport(viewport: { width: number; height: number }): Promise<void> {
    await this.#bidi.call("browsingContext.setViewport", { context: this.#context, viewport });
  }

  async accessibilityTree(): Promise<string[]> {
    return this.#inBrowser(`
      const service = Cc["@mozilla.org/accessibilityService;1"].getService(Ci.nsIAccessibilityService);
      const walk = (node) => [
        ...(node.name ? [service.getStringRole(node.role) + " " + node.name] : []),
        ...Array.from({ length: node.childCount }, (_, index) => walk(node.getChildAt(index))).flat(),
      ];
      for (let tries = 0; tries < 100; tries++) {
        const tree = service.getAccessibleFor(gBrowser.selectedBrowser);
        const lines = tree ? walk(tree) : [];
        if (lines.length > 1) return lines;
        await new Promise((resolve) => setTimeout(resolve, 50)); // made when first asked for
      }
      throw new Error("there is no accessibility tree")`);
  }

  async screenshot(): Promise<Buffer> {
    const { data } = await this.#bidi.call<{ data: string }>("browsingContext.captureScreenshot", { context: this.#context }); // prettier-ignore
    return Buffer.from(data, "base64");
  }

  async #act(source: object): Promise<void> {
    await this.#bidi.call("input.performActions", { context: this.#context, actions: [source] });
  }

  #useInputMethod(code: string): Promise<void> {
    return this.#untilInput(() =>
      this.#inBrowser(`
        window.inputMethod ??= Cc["@mozilla.org/text-input-processor;1"].createInstance(Ci.nsITextInputProcessor);
        if (!inputMethod.hasComposition) inputMethod.beginInputTransaction(window, () => true);
        ${code}`),
    );
  }

  /** Acts in the browser's process, and waits until the page's own, which hears of it later, has taken the input. */
  async #untilInput(act: () => Promise<void>): Promise<void> {
    await this.evaluate(() => {
      const taken = new Promise<void>((resolve) => {
        addEventListener("input", () => resolve(), { once: true });
      });
      Object.assign(globalThis, { taken });
    });
    await act();
    await this.evaluate(() => (globalThis as unknown as { taken: Promise<void> }).taken);
  }

  #inBrowser<Result>(code: string): Promise<Result> {
    return this.#evaluate(this.#chrome, `(async () => { ${code} })()`);
  }

  async #evaluate<Result>(context: string, code: string): Promise<Awaited<Result>> {
    const { type, result, exceptionDetails } = await this.#bidi.call<Evaluated>("script.evaluate", {
      expression: `(async () => JSON.stringify({ value: await ${code} }))()`,
      target: { context },
      awaitPromise: true,
    });
    if (type === "exception") throw new Error(exceptionDetails.text);
    return (JSON.parse(result.value!) as { value: Awaited<Result> }).value;
  }
}
