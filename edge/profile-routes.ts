// edge/profile-routes: the routes about writers' profiles: what is in one, all of it, another's in its place, and forgetting.

import type { OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { compareText, countWords, DAY_MS, dayIn, dayOf, hasWords } from "#inference/writer-profile";
import type { Counts, WriterProfile } from "#inference/writer-profile";
import { ApiError } from "./errors.ts";
import { MAX_PROFILE_WORDS } from "./limits.ts";
import type { EdgeContext } from "./middleware.ts";
import { decodeProfile, encodeProfile, MAX_PROFILE_BYTES } from "./profile-format.ts";
import { profileOf } from "./profiles.ts";
import type { Forgetting } from "./profile.ts";
import { callerOf, charge } from "./request-context.ts";
import * as routes from "./profile-contracts.ts";
import type { ForgetQuery, Profile } from "./schemas/profiles.ts";

/** A profile is read or written whole. */
const PROFILE_UNITS = 20;

export function addProfileRoutes(app: OpenAPIHono<EdgeContext>): void {
  app.openapi(routes.getProfile, async (c) => {
    const { user } = c.req.valid("param");
    const bytes = await readBytes(c, user);
    const profile = decodeProfile(bytes);
    const days = [...profile.keys()].sort((a, b) => a - b).map(dateOf);
    const words = mostFrequent(countWords(profile)).slice(0, MAX_PROFILE_WORDS);
    const rejected = mostFrequent(countWords(profile, "rejected"));
    return c.json({ object: "profile" as const, user, bytes: bytes.length, days, words, rejected }, 200); // prettier-ignore
  });

  app.openapi(routes.exportProfile, async (c) => {
    const profile = decodeProfile(await readBytes(c, c.req.valid("param").user));
    const days = [...profile].sort(([a], [b]) => a - b).map(([day, { phrases, rejected }]) => ({
      day: dateOf(day),
      phrases: inOrder(phrases).map(([words, count]) => ({ words, count })),
      rejected: inOrder(rejected).map(([word, count]) => ({ word, count })),
    })); // prettier-ignore
    return c.json({ format: 1 as const, days }, 200);
  });

  app.openapi(routes.importProfile, async (c) => {
    await charge(c, PROFILE_UNITS);
    const bytes = encodeProfile(readExport(c.req.valid("json")));
    if (bytes.length > MAX_PROFILE_BYTES) {
      const message = `the profile takes ${bytes.length} bytes; a writer has ${MAX_PROFILE_BYTES}: leave out its first days`;
      throw new ApiError({ status: 413, code: "profile_too_large", message, param: "days" });
    }
    await profileFor(c, c.req.valid("param").user).replace(bytes);
    return c.body(null, 204);
  });

  app.openapi(routes.forgetProfile, async (c) => {
    await charge(c, PROFILE_UNITS);
    const forgetting = forgettingOf(c.req.valid("query"));
    await profileFor(c, c.req.valid("param").user).forget(forgetting);
    return c.body(null, 204);
  });
}

function profileFor(c: Context<EdgeContext>, user: string) {
  return profileOf(c.env, { owner: callerOf(c).owner, user });
}

async function readBytes(c: Context<EdgeContext>, user: string): Promise<Uint8Array> {
  await charge(c, PROFILE_UNITS);
  return (await profileFor(c, user).read(null)).bytes!;
}

function mostFrequent(counts: Counts) {
  const words = [...counts].filter(([word]) => hasWords([word]));
  return words
    .sort(([a, m], [b, n]) => n - m || compareText(a, b))
    .map(([word, count]) => ({ word, count }));
}

function inOrder(counts: Counts): [string, number][] {
  return [...counts].sort(([a], [b]) => compareText(a, b));
}

/** What an export holds; the same phrase twice counts as often as both. */
function readExport({ days }: z.infer<typeof Profile>): WriterProfile {
  const profile: WriterProfile = new Map();
  for (const [index, { day, phrases, rejected }] of days.entries()) {
    const found = dayIn(profile, readDay(day, `days.${index}.day`));
    const add = (counts: Counts, text: string, count: number) =>
      counts.set(text, (counts.get(text) ?? 0) + count);
    for (const { words, count } of phrases) {
      const split = words.toWellFormed().normalize("NFC").split(/\s+/u).filter((word) => word !== ""); // prettier-ignore
      if (hasWords(split)) add(found.phrases, split.join(" "), count);
    }
    for (const { word, count } of rejected) {
      const trimmed = word.toWellFormed().normalize("NFC").trim();
      if (trimmed !== "" && !/\s/u.test(trimmed)) add(found.rejected, trimmed, count);
    }
    if (found.phrases.size + found.rejected.size === 0) profile.delete(readDay(day, ""));
  }
  return profile;
}

function forgettingOf({ word, from, to }: z.infer<typeof ForgetQuery>): Forgetting {
  const isRange = from !== undefined || to !== undefined;
  if (word === undefined && !isRange) return "all";
  if (word !== undefined && isRange) {
    const message = "word and from or to cannot be given together; make two requests";
    throw new ApiError({ status: 400, code: "invalid_value", message, param: "word" });
  }
  if (word !== undefined) {
    if (!/\s/u.test(word)) return { word };
    const message = `word is ${JSON.stringify(word)}, which is more than one; make a request for each`;
    throw new ApiError({ status: 400, code: "invalid_value", message, param: "word" });
  }
  const range = { from: from ? readDay(from, "from") : 0, to: to ? readDay(to, "to") : Infinity };
  if (range.from <= range.to) return range;
  const message = `from is ${from}, after to, ${to}`;
  throw new ApiError({ status: 400, code: "invalid_value", message, param: "from" });
}

function readDay(date: string, param: string): number {
  const day = dayOf(Date.parse(`${date}T00:00:00Z`));
  if (day >= 0 && dateOf(day) === date) return day;
  const message = `${param} is ${date}, which is no day of the calendar`;
  throw new ApiError({ status: 400, code: "invalid_value", message, param });
}

function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
