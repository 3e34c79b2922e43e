// client/element/attach: suggestions for a field that a program knows.

import { Suggester } from "../suggester.ts";
import type { SuggesterOptions, SuggestionSource } from "../suggester.ts";
import { Attachment } from "./attachment.ts";
import type { AttachmentOptions } from "./attachment.ts";

/** What suggestions are made from, and how they are shown. */
export interface AttachOptions extends AttachmentOptions, SuggesterOptions {
  /** Whoever predicts: a session, of a server or of a model in the page. */
  source: SuggestionSource;
  /** Where suggestions are shown. @default an element behind the field */
  host?: HTMLElement;
}

/**
 * Gives a text area, a text input or an editable element suggestions.
 *
 * @example
 * const session = connect({ url }).session();
 * const attachment = attach(document.querySelector("textarea"), { source: session });
 */
export function attach(element: Element, { source, host, ...options }: AttachOptions): Attachment {
  const shown = host ?? document.createElement("div");
  if (!host) element.after(shown);
  const root = shown.shadowRoot ?? shown.attachShadow({ mode: "open" });
  const onDetach = () => {
    if (!host) shown.remove();
  };
  return new Attachment(element, root, new Suggester(source, options), { ...options, onDetach });
}
