// training/data/encoding: whether files are text, and in which encoding. All of them are read before anything is trained, so that
// one sentence can name every file that cannot be used.

import type { TextSource } from "./source.ts";

const UTF_8 = "utf-8";
const MAX_NAMED = 20; // files in a message

/**
 * Finds each source's encoding: UTF-8, UTF-16 where a byte order mark says so, else `encoding`. Of a source that holds
 * nothing but white space, `bytes` becomes 0.
 * @throws where sources are not text in any of these, naming them all
 */
export async function checkText(sources: TextSource[], encoding?: string): Promise<TextSource[]> {
  if (encoding !== undefined) requireEncoding(encoding);
  const checked: TextSource[] = [];
  const faults: string[] = [];
  for (const source of sources) {
    const first = await readFirst(source);
    const kind = kindOf(first);
    if (kind) {
      faults.push(`"${source.name}" is ${kind}`);
      continue;
    }
    const marked = markedEncoding(first);
    let scan = await scanText(source, marked ?? UTF_8);
    let found = marked ?? UTF_8;
    if (!marked && encoding !== undefined && scan.fault !== undefined) {
      scan = await scanText(source, encoding);
      found = encoding;
    }
    if (scan.fault !== undefined) faults.push(`"${source.name}" ${scan.fault}`);
    checked.push({ ...source, encoding: found, bytes: scan.isBlank ? 0 : source.bytes });
  }
  if (faults.length > 0) throw new Error(describe(faults, encoding));
  return checked;
}

function describe(faults: string[], encoding: string | undefined): string {
  const named = faults.slice(0, MAX_NAMED).join(", ");
  const more = faults.length > MAX_NAMED ? ` and ${faults.length - MAX_NAMED} more` : "";
  const [count, them, their] =
    faults.length === 1
      ? ["", "it", "its"]
      : [`${faults.length} files cannot be read: `, "them", "their"];
  const other =
    encoding === undefined ? `, or name ${their} encoding, e.g. --encoding windows-1252` : "";
  return `${count}${named}${more}; leave ${them} out with --exclude${other}`;
}

function requireEncoding(encoding: string): void {
  try {
    void new TextDecoder(encoding);
  } catch {
    throw new Error(
      `unknown encoding "${encoding}"; give a name such as windows-1252, iso-8859-15, shift_jis or gb18030`,
    );
  }
}

async function readFirst(source: TextSource): Promise<Uint8Array> {
  for await (const bytes of source.open()) return bytes;
  return new Uint8Array();
}

const SIGNATURES: [string, number[]][] = [
  ["gzip", [0x1f, 0x8b]],
  ["a zip archive or office document", [0x50, 0x4b, 0x03, 0x04]],
  ["PDF", [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ["PNG", [0x89, 0x50, 0x4e, 0x47]],
  ["JPEG", [0xff, 0xd8, 0xff]],
  ["GIF", [0x47, 0x49, 0x46, 0x38]],
  ["an old office document or Thumbs.db", [0xd0, 0xcf, 0x11, 0xe0]],
  ["UTF-32 text", [0xff, 0xfe, 0x00, 0x00]],
];

/** What a file is that is no text. */
function kindOf(first: Uint8Array): string | undefined {
  return SIGNATURES.find(([, bytes]) => bytes.every((byte, at) => first[at] === byte))?.[0];
}

function markedEncoding([first, second]: Uint8Array): string | undefined {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  return undefined;
}

/** Reads a source whole in an encoding, to see whether that goes and whether there is anything in it. */
async function scanText(
  source: TextSource,
  encoding: string,
): Promise<{ fault?: string; isBlank: boolean }> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let offset = 0;
  let isBlank = true;
  try {
    for await (const bytes of source.open()) {
      const text = decoder.decode(bytes, { stream: true });
      if (text.includes("\0")) return { fault: "looks binary: it has zero bytes", isBlank };
      isBlank &&= text.trim() === "";
      offset += bytes.length;
    }
    decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { fault: `is not ${encoding.toUpperCase()} text, at or after byte ${offset}`, isBlank };
  }
  return { isBlank };
}
