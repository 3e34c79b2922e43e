// model/tokenizers/find: the tokenizers by their names. A new one is a file beside this one and a line here.

import { textTokenizer, TEXT_VERSION } from "./text.ts";
import type { Tokenizer, TokenizerName, TokenizerSettings } from "./tokenizer.ts";
import { WHITESPACE_TOKENIZER } from "./whitespace.ts";

const TOKENIZERS: Record<TokenizerName, (version: number, language?: string) => Tokenizer> = {
  text: textTokenizer,
  whitespace: () => WHITESPACE_TOKENIZER,
};

/** What a tokenizer may be called. */
export const TOKENIZER_NAMES = Object.keys(TOKENIZERS) as [TokenizerName, ...TokenizerName[]];

/**
 * The newest tokenizer of that name.
 * @param language the text's, as a BCP 47 tag
 * @throws Error that lists the known names when there is none of that name
 * @example
 * findTokenizer("text", "tr").read("Işık ").tokens; // [{ word: "ışık", surface: "Işık", start: 0, end: 4 }]
 */
export function findTokenizer(name: string, language?: string): Tokenizer {
  if (!Object.hasOwn(TOKENIZERS, name)) {
    throw new Error(`unknown tokenizer "${name}"; choose one of ${TOKENIZER_NAMES.join(", ")}`);
  }
  return TOKENIZERS[name]!(TEXT_VERSION, language);
}

/**
 * The tokenizer that a model was trained with, at the version that it was trained with.
 * @throws Error where this release does not know that version
 * @example
 * tokenizerOf(model.metadata).read("the uni").prefix?.word; // "uni"
 */
export function tokenizerOf(settings: TokenizerSettings): Tokenizer {
  const { tokenizer, tokenizerVersion = 1, language } = settings;
  findTokenizer(tokenizer);
  return TOKENIZERS[tokenizer]!(tokenizerVersion, language);
}

const LANGUAGE = /^[a-z]{2,3}(?:-[a-z\d]{2,8})*$/i;

/**
 * A language's tag as it was given.
 * @throws Error where it is no BCP 47 tag
 * @example
 * checkLanguage("pt-BR"); // "pt-BR"
 */
export function checkLanguage(language: string): string {
  if (LANGUAGE.test(language)) return language;
  throw new Error(`the language must be a tag such as "en", "de" or "pt-BR", got "${language}"`);
}

/**
 * What of a tokenizer a model's file says.
 * @example
 * tokenizerSettings(findTokenizer("text", "tr")); // { tokenizer: "text", tokenizerVersion: 2, language: "tr" }
 */
export function tokenizerSettings({ name, version, language }: Tokenizer): TokenizerSettings {
  return { tokenizer: name, tokenizerVersion: version, ...(language && { language }) };
}
