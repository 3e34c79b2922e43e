// What of a text is data of persons, and what only looks like it.

import { describe, expect, it } from "vitest";
import { findPersonalData } from "#training/data/personal-data";

/** The places found, as written. */
const found = (text: string) =>
  findPersonalData(text).map(({ begin, end, kind }) => [kind, text.slice(begin, end)]);

describe("data of persons", () => {
  it.each([
    ["write to ann.lee@example.org.", "mail", "ann.lee@example.org"],
    ["(ann+lists@mail.example.co.uk)", "mail", "ann+lists@mail.example.co.uk"],
    ["jörg@müller.de, please", "mail", "jörg@müller.de"],
    ["root@localhost said", "mail", "root@localhost"],
    ["see https://example.org/a?b=c#d.", "web", "https://example.org/a?b=c#d"],
    ["see www.example.org, there", "web", "www.example.org"],
    ["at example.com/private/ann today", "web", "example.com/private/ann"],
    ["(sub.example.co.uk)", "web", "sub.example.co.uk"],
    ["to AT61 1904 3002 3457 3201 today", "account", "AT61 1904 3002 3457 3201"],
    ["DE89370400440532013000", "account", "DE89370400440532013000"],
    ["gb82 west 1234 5698 7654 32 is his", "account", "gb82 west 1234 5698 7654 32"],
    ["MT84 MALT 0110 0001 2345 MTLC AST0 01S", "account", "MT84 MALT 0110 0001 2345 MTLC AST0 01S"],
    ["call +43 664 1234567 now", "telephone", "+43 664 1234567"],
    ["call +1 (555) 123-4567.", "telephone", "+1 (555) 123-4567"],
    ["0043/664/12 34 567", "telephone", "0043/664/12 34 567"],
    ["Tel. 0316 87 30-0, office", "telephone", "0316 87 30-0"],
    ["(0316) 873 12 34", "telephone", "(0316) 873 12 34"],
    ["01 23 45 67 89", "telephone", "01 23 45 67 89"],
    ["01-23-45-67-89", "telephone", "01-23-45-67-89"],
    ["(555) 123-4567", "telephone", "(555) 123-4567"],
    ["1-800-555-0199", "telephone", "1-800-555-0199"],
    ["555.123.4567", "telephone", "555.123.4567"],
    ["dial 555-0199", "telephone", "555-0199"],
    ["card 4111 1111 1111 1111 expires", "number", "4111 1111 1111 1111"],
    ["card 3782 822463 10005", "number", "3782 822463 10005"],
    ["SSN 278-05-1120", "number", "278-05-1120"],
    ["id 482913077", "number", "482913077"],
    ["key AB482913077XY", "number", "482913077"],
  ])("%s", (text, kind, written) => {
    expect(found(text)).toEqual([[kind, written]]);
  });

  it("is found where a date stands behind it", () => {
    expect(found("+43 664 1234567 2026-11-25")).toEqual([["telephone", "+43 664 1234567"]]);
  });
});

describe("what only looks like it", () => {
  it.each([
    "on 2026-11-25 at 17:30:00",
    "on 25.11.2026 and 01.02.2027",
    "on 01/02/2026, 01-02-2026 and 1/2/26",
    "from 1914-1918, and 1939-1945-1989",
    "the years 1914 1915 1916 1917",
    "2026-11-25T17:30:00.123Z",
    "$1,234,567,890.50 in all",
    "1.234.567.890,50 Euro",
    "1 234 567 890 people",
    "3.14159265358979 and 0.000000001",
    "0.5, 0,75 and 07:30",
    "$100-1500 each",
    "20261125",
    "Article 1, Section 8, Clause 15",
    "F = 0.05 · 1.000.000",
    "COVID-19 and H2O in 2020",
    "AT61 1904 3002 3457 3202", // its check digits are wrong
    "XX61 1904 3002 3457 3205", // no such country
    "4111 1111 1111 1112", // not a card's check digit
    "He left.Then came more. U.S. and e.g. this, z.B. das",
    "a @ b, @ noon, 5 @ 3 dollars",
    "either/or and 3/4",
    "version 1.2.3-4 of 10.0.0.1",
  ])("%s", (text) => {
    expect(found(text)).toEqual([]);
  });

  it.each([
    ["letters", "a".repeat(300_000)],
    ["local parts", "a.".repeat(150_000)],
    ["at signs", "a@".repeat(150_000)],
    ["digits", "1".repeat(300_000)],
    ["groups of digits", `${"001 ".repeat(75_000)}x`],
    ["hyphens", "1-".repeat(150_000)],
    ["schemes", "ab://".repeat(60_000)],
    ["full stops behind a scheme", `https://${".".repeat(300_000)}`],
    ["labels", "a-".repeat(150_000)],
    ["accounts", "AT61 ".repeat(60_000)],
    ["brackets", "(0".repeat(150_000)],
  ])("long runs of %s are read to their end", (_, text) => {
    expect(Array.isArray(findPersonalData(text))).toBe(true);
  });
});
