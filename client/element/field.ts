// client/element/field: what suggestions are made for: a text area, an input or an editable element. Reads the text around
// the cursor, and changes it through the browser's own undo.

import type { TextChange } from "../../inference/acceptance.ts";

/** A form's field that holds plain text. */
export type TextControl = HTMLTextAreaElement | HTMLInputElement;

/** The text on both sides of the cursor. */
export interface Surroundings {
  before: string;
  after: string;
}

/** A place that text is typed into, whatever it is made of. */
export interface Field {
  readonly element: HTMLElement;
  /** Null where there is no cursor, but a selection or nothing at all. */
  read(): Surroundings | null;
  /** One step to undo. */
  apply(change: TextChange): void;
  /** After such a change was undone, what it replaced is selected: the cursor goes where it was. */
  unselect(replace: number): void;
}

/**
 * @throws TypeError where nobody can type into the element
 *
 * @example
 * fieldOf(textarea).read(); // { before: "the uni", after: "" }
 */
export function fieldOf(element: Element): Field {
  if (isTextControl(element)) return new ControlField(element);
  if (element instanceof HTMLElement && element.isContentEditable) return new EditableField(element);
  throw new TypeError(
    `<${element.localName}> takes no text; attach to a textarea, a text input or an editable element`,
  );
} // prettier-ignore

/**
 * Whether an element is a field of plain text, as `textarea` and a text input are.
 *
 * @example
 * isTextControl(document.createElement("textarea")); // true
 * isTextControl(document.createElement("div")); // false
 */
export function isTextControl(element: Element): element is TextControl {
  if (element instanceof HTMLTextAreaElement) return true;
  return element instanceof HTMLInputElement && /^(?:text|search)$/.test(element.type);
}

class ControlField implements Field {
  readonly element: TextControl;

  constructor(element: TextControl) {
    this.element = element;
  }

  read(): Surroundings | null {
    const { value, selectionStart: start, selectionEnd: end, readOnly, disabled } = this.element;
    if (start === null || start !== end || readOnly || disabled) return null;
    return { before: value.slice(0, start), after: value.slice(start) };
  }

  apply({ replace, insert, skip }: TextChange): void {
    const { element } = this;
    const cursor = element.selectionStart!;
    element.focus();
    element.setSelectionRange(cursor - replace, cursor + skip); // ends what is undone together, too
    if (type(insert)) return;
    element.setRangeText(insert, cursor - replace, cursor + skip, "end"); // no browser's undo then
    element.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText", data: insert })); // prettier-ignore
  }

  unselect(replace: number): void {
    const cursor = this.element.selectionStart! + replace;
    this.element.setSelectionRange(cursor, cursor);
  }
}

class EditableField implements Field {
  readonly element: HTMLElement;

  constructor(element: HTMLElement) {
    this.element = element;
  }

  read(): Surroundings | null {
    const cursor = cursorIn(this.element);
    if (!cursor || !this.element.isContentEditable) return null;
    const [before, after] = [cursor.cloneRange(), cursor.cloneRange()];
    before.setStart(this.element, 0);
    after.setEnd(this.element, this.element.childNodes.length);
    return { before: textOf(before.cloneContents()), after: textOf(after.cloneContents()) };
  }

  apply({ replace, insert, skip }: TextChange): void {
    this.element.focus();
    const cursor = cursorIn(this.element);
    if (!cursor) return;
    const { startContainer: node, startOffset: offset } = cursor;
    const [start, end] = [move(this.element, node, offset, -replace), move(this.element, node, offset, skip)]; // prettier-ignore
    getSelection()!.setBaseAndExtent(start.node, start.offset, end.node, end.offset);
    type(insert);
  }

  unselect(replace: number): void {
    const selection = getSelection()!;
    const { startContainer: node, startOffset: offset } = selection.getRangeAt(0);
    const cursor = move(this.element, node, offset, replace);
    selection.collapse(cursor.node, cursor.offset);
  }
}

/** Types in place of what is selected; false where the browser cannot. */
function type(text: string): boolean {
  return text === ""
    ? document.execCommand("delete")
    : document.execCommand("insertText", false, text);
}

/**
 * The cursor inside an element; null where it is elsewhere, or something is selected.
 *
 * @example
 * cursorIn(editor)?.startContainer; // the node that is typed into
 */
export function cursorIn(element: HTMLElement): Range | null {
  const selection = getSelection();
  if (!selection?.isCollapsed || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  return element.contains(range.startContainer) ? range : null;
}

const BLOCKS = /^(?:address|article|blockquote|dd|div|dl|dt|figure|h[1-6]|li|ol|p|pre|section|table|td|th|tr|ul)$/; // prettier-ignore

/** Text as it is seen: blocks are lines, and the spaces that browsers keep from collapsing are spaces. */
function textOf(fragment: DocumentFragment): string {
  let text = "";
  const read = (node: Node) => {
    if (node instanceof Text) text += node.data;
    const name = node instanceof Element ? node.localName : "";
    if (name === "br" || (BLOCKS.test(name) && text !== "" && !text.endsWith("\n"))) text += "\n";
    for (const child of node.childNodes) read(child);
  };
  read(fragment);
  return text.replaceAll("\u00a0", " ");
}

/** So many UTF-16 units further on in the text, or back. */
function move(root: Node, node: Node, offset: number, units: number): { node: Node; offset: number } {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  walker.currentNode = node;
  let at = offset;
  let left = units;
  let text = node instanceof Text ? node : null;
  if (!text && left !== 0) {
    const child = node.childNodes[left < 0 ? offset - 1 : offset];
    if (child) walker.currentNode = child;
    text = (child instanceof Text ? child : left < 0 ? walker.previousNode() : walker.nextNode()) as Text | null;
    at = left < 0 ? (text?.length ?? 0) : 0;
  }
  while (text && (at + left < 0 || at + left > text.length)) {
    left += left < 0 ? at : at - text.length;
    const next = (left < 0 ? walker.previousNode() : walker.nextNode()) as Text | null;
    if (!next) return { node: text, offset: left < 0 ? 0 : text.length };
    text = next;
    at = left < 0 ? text.length : 0;
  }
  return text ? { node: text, offset: at + left } : { node, offset };
} // prettier-ignore
