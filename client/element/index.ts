// client/element: what the package exports as ./element; importing it defines `<afterword-suggest>`.

import { AfterwordSuggest } from "./suggest-element.ts";

export { isWorthOffering, labelOf, narrowPrediction } from "../../inference/acceptance.ts";
export { attach } from "./attach.ts";
export type { AttachOptions } from "./attach.ts";
export { Attachment } from "./attachment.ts";
export type { AttachmentOptions } from "./attachment.ts";
export { DEFAULT_KEYS } from "./keys.ts";
export type { KeyBindings } from "./keys.ts";
export { Suggester } from "../suggester.ts";
export type { SuggesterOptions, SuggestionSource } from "../suggester.ts";
export { AfterwordSuggest };

// in the entry itself, which a bundler is told has an effect
if (globalThis.customElements && !customElements.get("afterword-suggest")) {
  customElements.define("afterword-suggest", AfterwordSuggest);
}
