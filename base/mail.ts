// base/mail: what people wrote in a collection of mail: no headers, quotes, signatures, links or lines of list software.

import { createHash } from "node:crypto";
import PostalMime from "postal-mime";

export interface Message {
  /** The writer's address, lower-case. */
  writer: string;
  text: string;
}

/** Messages shorter than this say nothing; in characters. */
const MIN_CHARACTERS = 40;
/** A message with fewer letters than this share is a listing or code. */
const MIN_LETTERS = 0.6;
/** A line that so many messages have is list software's, or a signature; it counts once. */
const MAX_REPEATS = 3;
const QUOTED = /^\s{0,8}[>|}#]|(?:wrote|writes):$|http/;
const FOOTER = /^(?:-- ?$|_{10}|-{20})/;

/** Writers whose address hashes to an odd number are left for evaluation. */
export function isForTraining(writer: string): boolean {
  return createHash("sha256").update(writer).digest()[0]! % 2 === 0;
}

/** The message in the source of a mail, or nothing where it is not prose in plain text. */
export async function readMessage(source: string): Promise<Message | undefined> {
  const withoutEnvelope = source.replace(/^From [^\n]*\n/, "");
  const { from, text, html } = await PostalMime.parse(withoutEnvelope);
  if (!from?.address || !text || html) return undefined;
  const lines: string[] = [];
  for (const line of text.split("\n").map((line) => line.trimEnd())) {
    if (FOOTER.test(line)) break;
    if (!QUOTED.test(line)) lines.push(line);
  }
  const prose = lines
    .join("\n")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim();
  const letters = prose.match(/[A-Za-z]/g)?.length ?? 0;
  if (prose.length < MIN_CHARACTERS || letters < MIN_LETTERS * prose.length) return undefined;
  return { writer: from.address.toLowerCase(), text: prose };
}

/** Each message once, and of lines that many messages share only the first. */
export function dropRepeats(messages: Message[]): Message[] {
  const unique = [...new Map(messages.map((message) => [message.text, message])).values()];
  const counts = new Map<string, number>();
  for (const { text } of unique) {
    for (const line of new Set(text.split("\n"))) counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  const seen = new Set<string>();
  return unique.map(({ writer, text }) => {
    const lines = text.split("\n").filter((line) => {
      if (line === "" || counts.get(line)! <= MAX_REPEATS) return true;
      if (seen.has(line)) return false;
      seen.add(line);
      return true;
    });
    return { writer, text: lines.join("\n") };
  });
}
