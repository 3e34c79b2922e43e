// client/element/ghost: the first suggestion in the text itself, behind the cursor. Over a text area or an input lies a copy of
// it, in which the text up to the cursor cannot be seen; in an editable element the cursor says where it is.

import { cursorIn, isTextControl } from "./field.ts";
import type { TextControl } from "./field.ts";

/** What the copy must have in common with the original for its lines to break alike. */
const COPIED = [
  "fontFamily", "fontSize", "fontWeight", "fontStyle", "fontStretch", "fontVariant", "fontFeatureSettings", "fontKerning",
  "letterSpacing", "wordSpacing", "lineHeight", "textIndent", "textTransform", "textAlign", "tabSize", "wordBreak",
  "hyphens", "direction", "color", "paddingTop", "paddingRight", "paddingBottom", "paddingLeft",
] as const; // prettier-ignore

/**
 * The first suggestion, drawn behind the cursor in a copy of the field's text that nobody sees.
 *
 * @example
 * const ghost = new Ghost();
 * root.append(ghost.layer);
 * ghost.show(textarea, "the uni", "on");
 */
export class Ghost {
  readonly layer: HTMLElement;
  readonly #head = document.createElement("div"); // finished lines, laid out once
  readonly #line = document.createElement("span"); // the cursor's
  readonly #text = document.createElement("span");
  readonly #tail = document.createElement("div");
  #before = ""; // the text up to it
  #isPlaced = false; // behind that, where it is now
  #isStyled = false;
  #border = 0; // its width

  constructor() {
    this.layer = document.createElement("div");
    this.layer.className = "ghost";
    this.layer.ariaHidden = "true";
    this.layer.hidden = true;
    this.#head.className = this.#line.className = "unseen";
    this.#text.setAttribute("part", "ghost");
    // a break between the two, or a word that does not fit would take its first letters along into the next line
    this.#tail.append(this.#line, document.createElement("wbr"), this.#text);
    this.layer.append(this.#head, this.#tail);
  }

  /** Shows a text behind the cursor; none where that is "". */
  show(field: HTMLElement, before: string, ghost: string): void {
    const isSame =
      !this.layer.hidden && this.#before === before && this.#text.textContent === ghost;
    if (ghost === "") this.layer.hidden = true;
    if (ghost === "" || (isSame && this.#isPlaced)) return;
    if (isTextControl(field)) this.#copy(field, before);
    else this.#stand(field);
    this.#text.textContent = ghost;
    this.layer.hidden = false;
    this.#before = before;
    this.#isPlaced = true;
  }

  /** The field has other measures now, or its text stands elsewhere. */
  invalidate(): void {
    this.#isStyled = this.#isPlaced = false;
  }

  #copy(field: TextControl, before: string): void {
    if (!this.#isStyled || field.dir === "auto") this.#copyStyle(field);
    const isLine = field instanceof HTMLInputElement;
    // all is measured before anything is written, so that the page is laid out once
    const { clientTop, clientWidth, clientHeight, offsetWidth, scrollLeft, scrollTop } = field;
    // of an input Firefox counts the padding as the border
    this.#place(field, isLine ? this.#border : field.clientLeft, clientTop);
    const split = before.lastIndexOf("\n") + 1;
    const head = before.slice(0, Math.max(split - 1, 0));
    if (this.#head.textContent !== head) this.#head.textContent = head;
    this.#head.hidden = split === 0;
    this.#line.textContent = before.slice(split);
    const { style } = this.layer;
    style.width = `${isLine ? offsetWidth - 2 * this.#border : clientWidth}px`;
    style.height = `${clientHeight}px`;
    style.whiteSpace = isLine ? "pre" : "pre-wrap";
    style.display = isLine ? "flex" : "";
    style.alignItems = "center";
    const moved = `translate(${-scrollLeft}px, ${-scrollTop}px)`;
    this.#head.style.transform = this.#tail.style.transform = moved;
  }

  #copyStyle(field: TextControl): void {
    const computed = getComputedStyle(field);
    for (const name of COPIED) this.layer.style[name] = computed[name];
    this.#border = parseFloat(computed.borderLeftWidth);
    this.#isStyled = true;
  }

  #stand(field: HTMLElement): void {
    const at = rectOf(field);
    const box = field.getBoundingClientRect();
    const zoom = zoomOf(field);
    const computed = getComputedStyle(field);
    const { style } = this.layer;
    this.#head.hidden = true;
    this.#line.textContent = "";
    for (const name of COPIED) if (!name.startsWith("padding")) style[name] = computed[name];
    this.#place(field, (at.left - box.left) / zoom, (at.top - box.top) / zoom);
    style.width = `${Math.max(box.right - at.left, 0) / zoom}px`;
    style.height = style.lineHeight = `${at.height / zoom}px`;
    style.whiteSpace = "pre";
  }

  /** So far from the field's corner. */
  #place(field: HTMLElement, left: number, top: number): void {
    const [box, origin] = [field, (this.layer.getRootNode() as ShadowRoot).host].map((element) => element.getBoundingClientRect()) as [DOMRect, DOMRect]; // prettier-ignore
    const zoom = zoomOf(field);
    this.layer.style.left = `${(box.left - origin.left) / zoom + left}px`;
    this.layer.style.top = `${(box.top - origin.top) / zoom + top}px`;
  }
}

/** CSS zoom of an element and all around it: its box is measured with it, its style is not. */
function zoomOf(element: HTMLElement): number {
  return (element as HTMLElement & { currentCSSZoom?: number }).currentCSSZoom ?? 1;
}

/** Where the cursor is: a collapsed range has no box where its line is empty. */
function rectOf(field: HTMLElement): DOMRect {
  const cursor = cursorIn(field);
  const [rect] = cursor?.getClientRects() ?? [];
  if (rect) return rect;
  const node = cursor?.startContainer;
  return (node instanceof Element ? node : field).getBoundingClientRect();
}
