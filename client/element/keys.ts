// client/element/keys: which keys do what. A binding is a key's name behind its modifiers, as in "Ctrl+Space"; no other
// modifier may be held then, so that what AltGr types is never taken.

/** Names as in KeyboardEvent.key; `Digit` is any of 1 … 9, `Forward` the arrow that points where the text goes. */
export interface KeyBindings {
  /** Accepts the first suggestion. */
  accept: string[];
  /** Accepts the suggestion of that number. */
  pick: string[];
  /** Says that the suggestion of that number is not wanted. */
  reject: string[];
  /** Hides what is suggested; the next Tab leaves the field. */
  dismiss: string[];
}

/** On a Mac, Option and a digit type a character. */
const isMac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);

/** The keys of an element that names none. */
export const DEFAULT_KEYS: KeyBindings = {
  accept: ["Tab", "Forward"],
  pick: [isMac ? "Ctrl+Digit" : "Alt+Digit"],
  reject: [isMac ? "Ctrl+Shift+Digit" : "Alt+Shift+Digit"],
  dismiss: ["Escape"],
};

/**
 * The binding that a key event fits.
 *
 * @example
 * findBinding(event, ["Tab", "Forward"], "ltr"); // "Forward" where the right arrow was pressed
 */
export function findBinding(
  event: KeyboardEvent,
  bindings: string[],
  direction: string,
): string | undefined {
  return bindings.find((binding) => fits(event, binding, direction));
}

/**
 * The number of a digit's key, wherever the layout has it; 0 where it is none.
 *
 * @example
 * digitOf(new KeyboardEvent("keydown", { code: "Digit2", key: "2" })); // 2
 */
export function digitOf({ code, key }: KeyboardEvent): number {
  return Number(/^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1] ?? (/^[1-9]$/.test(key) ? key : 0));
}

function fits(event: KeyboardEvent, binding: string, direction: string): boolean {
  const names = binding.split("+");
  const key = names.pop()!;
  if (event.getModifierState("AltGraph")) return false;
  if (event.altKey !== names.includes("Alt")) return false;
  if (event.ctrlKey !== names.includes("Ctrl")) return false;
  if (event.metaKey !== names.includes("Meta")) return false;
  if (event.shiftKey !== names.includes("Shift")) return false;
  if (key === "Digit") return digitOf(event) > 0;
  if (key === "Forward") return event.key === (direction === "rtl" ? "ArrowLeft" : "ArrowRight");
  return event.key === (key === "Space" ? " " : key);
}
