// client/element/view: what is seen and heard of suggestions: ghost text, the strip, and a status for screen readers.

import { labelOf } from "../../inference/acceptance.ts";
import type { Prediction } from "../types.ts";
import { Ghost } from "./ghost.ts";
import { STYLES } from "./styles.ts";

/** Spoken this long after the last change: whoever types is not interrupted. */
const QUIET_MS = 700;

/** What the strip's buttons do. */
export interface ViewActions {
  accept(index: number): void;
  reject(index: number): void;
}

/**
 * What a reader sees and hears of suggestions: the ghost, the strip of words and the status for screen readers.
 *
 * @example
 * const view = new View(root, { accept: (index) => {}, reject: (index) => {} });
 * view.showStrip("the uni", predictions, false);
 */
export class View {
  readonly ghost = new Ghost();
  readonly #strip = document.createElement("div");
  readonly #status = document.createElement("div");
  readonly #actions: ViewActions;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(root: ShadowRoot, actions: ViewActions) {
    const style = new CSSStyleSheet(); // no page's security policy is against it
    style.replaceSync(STYLES);
    root.adoptedStyleSheets = [style];
    this.#strip.setAttribute("part", "strip");
    this.#strip.hidden = true;
    this.#strip.role = "group";
    this.#strip.ariaLabel = "Suggestions";
    this.#status.role = "status";
    this.#status.className = "spoken";
    this.#actions = actions;
    // the field keeps the focus, and a telephone its keyboard
    this.#strip.addEventListener("pointerdown", (event) => event.preventDefault());
    this.#strip.addEventListener("mousedown", (event) => event.preventDefault());
    this.#strip.addEventListener("click", (event) => {
      const index = this.#indexOf(event);
      if (index < 0) return;
      if (event.shiftKey) actions.reject(index);
      else actions.accept(index);
    });
    root.replaceChildren(this.ghost.layer, this.#strip, this.#status);
  }

  /** Shows what is offered behind `before`; the buttons there are used again. */
  showStrip(before: string, predictions: Prediction[], canReject: boolean): void {
    while (this.#strip.children.length > predictions.length) this.#strip.lastChild!.remove();
    predictions.forEach((prediction, index) => {
      const label = labelOf(before, prediction);
      const item = this.#strip.children[index] ?? this.#strip.appendChild(this.#makeItem(canReject, index)); // prettier-ignore
      const button = item.firstElementChild as HTMLElement;
      if (button.textContent !== label) button.textContent = label;
      button.title = percentOf(prediction.probability);
      item.lastElementChild!.ariaLabel = item.children.length > 1 ? `Not ${label}` : null;
    });
    this.#strip.hidden = false; // empty, it keeps its place: nothing moves under a pointer
  }

  /** Says it once nothing else has come for a moment. */
  announce(text: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.#status.textContent = text), QUIET_MS);
  }

  #makeItem(canReject: boolean, index: number): HTMLElement {
    const item = document.createElement("span");
    item.className = "item";
    const button = document.createElement("button");
    button.setAttribute("part", index === 0 ? "suggestion first" : "suggestion");
    item.append(button);
    if (canReject) {
      const not = document.createElement("button");
      not.setAttribute("part", "reject");
      not.textContent = "×";
      not.addEventListener("click", (event) => {
        event.stopPropagation();
        this.#actions.reject(this.#indexOf(event));
      });
      item.append(not);
    }
    // reached by keys of their own, not by Tab
    for (const child of item.children) Object.assign(child, { type: "button", tabIndex: -1 });
    return item;
  }

  #indexOf({ target }: Event): number {
    const item = (target as Element).closest(".item");
    return item ? [...this.#strip.children].indexOf(item) : -1;
  }
}

function percentOf(probability: number): string {
  return `${(100 * probability).toPrecision(2)} %`;
}
