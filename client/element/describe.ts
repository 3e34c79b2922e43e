// client/element/describe: what screen readers are told of a field's keys. What is suggested is said by the view's status.

import type { KeyBindings } from "./keys.ts";

let descriptions = 0;

/**
 * Describes a field until the signal; the words stand in the host, where the field can refer to them.
 *
 * @example
 * describe(textarea, host, DEFAULT_KEYS, controller.signal); // until controller.abort()
 */
export function describe(
  field: HTMLElement,
  host: HTMLElement,
  { accept, dismiss }: KeyBindings,
  signal: AbortSignal,
): void {
  const description = document.createElement("span");
  description.hidden = true;
  description.id = `afterword-${++descriptions}`;
  description.textContent = `Words are suggested while you type. ${accept[0]} accepts the first, ${dismiss[0]} and then Tab leaves.`;
  host.append(description);
  const known = field.getAttribute("aria-describedby");
  field.setAttribute("aria-describedby", [known, description.id].filter(Boolean).join(" "));
  field.setAttribute("aria-autocomplete", "inline");
  signal.addEventListener("abort", () => {
    description.remove();
    field.removeAttribute("aria-autocomplete");
    if (known) field.setAttribute("aria-describedby", known);
    else field.removeAttribute("aria-describedby");
  });
}
