// edge/profile-format: how a writer's profile lies in storage: the same content is always the same bytes, in whatever order it
// came. Numbers are varints, 7 bits a byte, the lowest first.
//
//   byte 0     format, 1
//   words      how many; of each its length in bytes and its UTF-8: the most frequent first, of equals in UTF-16 order
//   days       how many; of each, in order
//     day        counted from the one before
//     phrases    how many; of each, in order of their text: count, number of words, the words' places in the list
//     rejected   how many; of each, in order: count, the word's place
//
// A profile takes 64 kB at most: what is too much goes, the oldest day first.

import { addCount, compareText, countWords, dayIn } from "#inference/writer-profile";
import type { Counts, WriterProfile } from "#inference/writer-profile";

export const MAX_PROFILE_BYTES = 65_536;
const FORMAT = 1;
/** Of a day that is too much alone, the first of so many parts goes at a time. */
const PARTS = 16;

/** The bytes of a profile, as few as none where it is empty. */
export function encodeProfile(profile: WriterProfile): Uint8Array<ArrayBuffer> {
  if (profile.size === 0) return new Uint8Array();
  const uses = countWords(profile);
  for (const [word, count] of countWords(profile, "rejected")) addCount(uses, word, count);
  const words = [...uses.keys()].sort((a, b) => uses.get(b)! - uses.get(a)! || compareText(a, b));
  const places = new Map(words.map((word, place) => [word, place]));
  const bytes: number[] = [FORMAT];
  writeNumber(bytes, words.length);
  for (const word of words) {
    const utf8 = new TextEncoder().encode(word);
    writeNumber(bytes, utf8.length);
    bytes.push(...utf8);
  }
  writeNumber(bytes, profile.size);
  let previous = 0;
  for (const day of [...profile.keys()].sort((a, b) => a - b)) {
    const { phrases, rejected } = profile.get(day)!;
    writeNumber(bytes, day - previous);
    previous = day;
    writeNumber(bytes, phrases.size);
    for (const [phrase, count] of sorted(phrases)) {
      const ids = phrase.split(" ").map((word) => places.get(word)!);
      for (const number of [count, ids.length, ...ids]) writeNumber(bytes, number);
    }
    writeNumber(bytes, rejected.size);
    for (const [word, count] of sorted(rejected)) {
      for (const number of [count, places.get(word)!]) writeNumber(bytes, number);
    }
  }
  return Uint8Array.from(bytes);
}

/** @throws Error where the bytes are of a format that this release does not know */
export function decodeProfile(bytes: Uint8Array): WriterProfile {
  const profile: WriterProfile = new Map();
  if (bytes.length === 0) return profile;
  if (bytes[0] !== FORMAT) throw new Error(`the profile is stored in format ${bytes[0]}, not ${FORMAT}; deploy a newer release`); // prettier-ignore
  let at = 1;
  const read = () => {
    let number = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!;
      number += (byte & 127) * scale;
      if (byte < 128) return number;
    }
  };
  const times = <Item>(make: () => Item) => Array.from({ length: read() }, make);
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const words = times(() => {
    const length = read();
    return decoder.decode(bytes.subarray(at, (at += length)));
  });
  let day = 0;
  times(() => {
    const { phrases, rejected } = dayIn(profile, (day += read()));
    times(() => {
      const count = read();
      const phrase = times(() => words[read()]!).join(" ");
      phrases.set(phrase, count);
    });
    times(() => {
      const count = read();
      rejected.set(words[read()]!, count);
    });
  });
  return profile;
}

/** Lets go of what is too much, and answers the bytes of the rest. */
export function fitProfile(profile: WriterProfile): Uint8Array<ArrayBuffer> {
  for (;;) {
    const bytes = encodeProfile(profile);
    if (bytes.length <= MAX_PROFILE_BYTES) return bytes;
    const oldest = Math.min(...profile.keys());
    const { phrases } = profile.get(oldest)!;
    const surplus = profile.size > 1 ? phrases.size : Math.ceil(phrases.size / PARTS);
    for (const [phrase] of sorted(phrases).slice(0, surplus)) phrases.delete(phrase);
    if (phrases.size === 0) profile.delete(oldest);
  }
}

function sorted(counts: Counts): [string, number][] {
  return [...counts].sort(([a], [b]) => compareText(a, b));
}

function writeNumber(bytes: number[], number: number): void {
  let rest = number;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}
