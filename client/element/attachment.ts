// client/element/attachment: a field with suggestions: what its events mean. What to offer is the suggester's, what is seen the
// view's.

import type { TextChange } from "../../inference/acceptance.ts";
import { labelOf } from "../../inference/acceptance.ts";
import type { Suggester } from "../suggester.ts";
import { describe } from "./describe.ts";
import { fieldOf } from "./field.ts";
import type { Field, Surroundings } from "./field.ts";
import { DEFAULT_KEYS, digitOf, findBinding } from "./keys.ts";
import type { KeyBindings } from "./keys.ts";
import { View } from "./view.ts";

/** How a field is equipped. */
export interface AttachmentOptions {
  keys?: Partial<KeyBindings>;
  /** Whether the first suggestion is shown in the text. @default true */
  ghost?: boolean;
  /** Whether suggestions are shown below. @default true */
  strip?: boolean;
  /** Whether each suggestion has a button that rejects it. @default false */
  rejectable?: boolean;
  /** Called when the field is as it was before. */
  onDetach?(): void;
}

/**
 * Suggestions at one field: listens to it, draws what is offered, and accepts, rejects and dismisses by its keys.
 *
 * @example
 * const attachment = new Attachment(textarea, host.attachShadow({ mode: "open" }), new Suggester(session));
 * attachment.accept(); // false where nothing is suggested
 */
export class Attachment {
  readonly suggester: Suggester;
  readonly #field: Field;
  readonly #view: View;
  readonly #options: AttachmentOptions;
  readonly #keys: KeyBindings;
  readonly #end = new AbortController();
  #surroundings: Surroundings | null = null; // as they were read last
  #hasTyped = false; // since the field has the focus: nobody who tabs through a page accepts anything
  #mayLeave = true; // whether the next Tab that accepts nothing leaves the field
  #isDismissed = false;
  #isComposing = false;
  #isApplying = false;
  #replaced: number | null = null; // so much before the cursor, by the last change
  #correction: TextChange | null = null; // of an input that could not be prevented

  constructor(element: Element, root: ShadowRoot, suggester: Suggester, options: AttachmentOptions = {}) {
    this.#field = fieldOf(element);
    this.suggester = suggester;
    this.#options = options;
    this.#keys = { ...DEFAULT_KEYS, ...options.keys };
    this.#view = new View(root, {
      accept: (index) => this.accept(index),
      reject: (index) => void this.reject(index),
    });
    describe(element as HTMLElement, root.host as HTMLElement, this.#keys, this.#end.signal);
    suggester.subscribe(() => this.#show());
    this.#listen();
    this.refresh();
  } // prettier-ignore

  /** Accepts a suggestion; false where there is none of that number. */
  accept(index = 0): boolean {
    this.#read();
    const change = this.suggester.accept(index);
    if (!change) return false;
    this.#apply(change);
    return true;
  }

  /** Says that a suggestion is not wanted. */
  reject(index: number): Promise<void> {
    this.#field.element.focus();
    return this.suggester.reject(index);
  }

  /** Looks at the text anew: for programs that changed it. */
  refresh(): void {
    if (!this.#isComposing) this.#read();
    this.#show();
  }

  /** The field is as it was before. */
  detach(): void {
    this.#end.abort();
    this.suggester.stop();
    this.#view.showStrip("", [], false);
    this.#view.ghost.show(this.#field.element, "", "");
    this.#options.onDetach?.();
  }

  #listen(): void {
    const { element } = this.#field;
    const { signal } = this.#end;
    const on = <Name extends keyof HTMLElementEventMap>(name: Name, handle: (event: HTMLElementEventMap[Name]) => void) =>
      element.addEventListener(name, handle, { signal });
    on("keydown", (event) => this.#keydown(event));
    on("beforeinput", (event) => this.#beforeInput(event));
    on("input", (event) => this.#input((event as InputEvent).inputType));
    on("compositionstart", () => {
      this.#isComposing = true;
      this.#show();
    });
    on("compositionend", ({ data }) => {
      this.#isComposing = false;
      this.#correction = this.#correctionOf(data);
      this.#input();
    });
    on("pointerdown", () => (this.#hasTyped = true)); // nobody who points at it is passing by
    on("focus", () => this.refresh());
    on("blur", () => {
      this.#hasTyped = this.#isDismissed = false;
      this.#show();
    });
    const move = () => {
      this.#view.ghost.invalidate();
      this.#show();
    };
    on("scroll", move);
    document.addEventListener("selectionchange", () => {
      if (!this.#isApplying && this.#isFocused()) this.refresh();
    }, { signal });
    const resized = new ResizeObserver(move);
    resized.observe(element);
    signal.addEventListener("abort", () => resized.disconnect());
  } // prettier-ignore

  #keydown(event: KeyboardEvent): void {
    if (event.isComposing || this.#isComposing) return;
    const { direction } = getComputedStyle(this.#field.element);
    const fits = (bindings: string[]) => findBinding(event, bindings, direction);
    const index = digitOf(event) - 1;
    if (fits(this.#keys.dismiss)) this.#dismiss(event);
    else if (fits(this.#keys.reject)) void this.#reject(event, index);
    else if (fits(this.#keys.pick)) this.#pick(event, index);
    else this.#acceptBy(event, fits(this.#keys.accept));
  }

  #dismiss(event: KeyboardEvent): void {
    this.#isDismissed = true;
    if (this.suggester.predictions.length === 0) return;
    event.preventDefault();
    event.stopPropagation(); // a dialog around it stays open
    this.suggester.dismiss();
  }

  #pick(event: KeyboardEvent, index: number): void {
    event.preventDefault();
    this.accept(index);
  }

  #reject(event: KeyboardEvent, index: number): Promise<void> {
    event.preventDefault();
    return this.reject(index);
  }

  #acceptBy(event: KeyboardEvent, binding: string | undefined): void {
    const surroundings = binding ? this.#read() : null;
    if (!surroundings || this.#isDismissed || !this.#hasTyped) return;
    // an arrow moves the cursor where it can
    if (binding === "Forward" && !this.#ghostOf(surroundings)) return;
    if (this.accept()) event.preventDefault();
    else if (binding === "Forward") return;
    else if (this.suggester.acceptWhenReady(() => this.accept())) event.preventDefault();
    else if (!this.#mayLeave) {
      // pressed in the middle of typing it would take the focus somewhere by surprise
      event.preventDefault();
      this.#mayLeave = true;
      this.#view.announce(`nothing to accept; ${binding} again leaves the text`);
    }
  }

  #beforeInput(event: InputEvent): void {
    this.#correction = null;
    if (this.#isApplying || this.#isComposing || !this.#read()) return;
    const isBreak = /^insert(?:LineBreak|Paragraph)$/.test(event.inputType);
    const typed = isBreak ? "\n" : event.inputType === "insertText" ? event.data : null;
    if (!typed) return;
    if (!event.cancelable) this.#correction = this.#correctionOf(typed);
    const change = event.cancelable ? this.suggester.type(typed) : null;
    if (!change) return;
    if (isBreak) {
      if (!(this.#field.element instanceof HTMLInputElement)) this.#apply({ ...change, insert: "" });
    } else {
      event.preventDefault();
      if (change.replace + change.insert.length > 0) this.#apply(change);
    }
  } // prettier-ignore

  /** What typing that cannot be prevented has to be followed by. */
  #correctionOf(typed: string): TextChange | null {
    const change = typed ? this.suggester.type(typed) : null;
    return change && { ...change, replace: change.replace + typed.length };
  }

  #input(inputType?: string): void {
    if (this.#isApplying) return;
    if (inputType === "historyUndo" && this.#replaced !== null)
      this.#field.unselect(this.#replaced);
    this.#replaced = null;
    this.#hasTyped = true;
    this.#isDismissed = this.#mayLeave = false;
    if (this.#correction) this.#apply(this.#correction);
    this.#correction = null;
    this.refresh();
  }

  #apply(change: TextChange): void {
    this.#isApplying = true;
    this.#replaced = change.replace + change.skip > 0 ? change.replace : null;
    this.#field.apply(change);
    this.#isApplying = false;
    this.#hasTyped = true;
    this.#mayLeave = false;
    this.refresh();
  }

  /** The text as it is now: a browser tells of a cursor that was moved only later. */
  #read(): Surroundings | null {
    const surroundings = (this.#surroundings = this.#field.read());
    if (surroundings) this.suggester.input(surroundings.before, surroundings.after);
    return surroundings;
  }

  #show(): void {
    const surroundings = this.#isComposing || !this.#isFocused() ? null : this.#surroundings;
    const predictions = surroundings ? this.suggester.predictions : [];
    const { strip = true, ghost = true, rejectable = false } = this.#options;
    const before = surroundings?.before ?? "";
    // the ghost first: it measures the page, which is laid out then
    this.#view.ghost.show(this.#field.element, before, surroundings && ghost ? this.#ghostOf(surroundings) : "");
    if (strip) this.#view.showStrip(before, predictions, rejectable);
    const [first] = predictions;
    if (!first) return;
    const count = predictions.length === 1 ? "" : `; ${predictions.length} suggestions`;
    this.#view.announce(labelOf(before, first) + count);
  } // prettier-ignore

  /** What is shown in the text: at a line's end, and where it lengthens what stands there. */
  #ghostOf({ after }: Surroundings): string {
    const [first] = this.suggester.predictions;
    const isEnd = after === "" || after.startsWith("\n");
    return first && isEnd && !first.replace ? first.insert : "";
  }

  #isFocused(): boolean {
    const root = this.#field.element.getRootNode() as Document | ShadowRoot;
    return root.activeElement === this.#field.element;
  }
}
