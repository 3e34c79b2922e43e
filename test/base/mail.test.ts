// What is read of a collection of mail for the base model: what its writers wrote, and each of it once.

import { expect, it } from "vitest";
import { dropRepeats, isForTraining, readMessage } from "../../base/mail.ts";

const mail = (body: string, headers = "") =>
  `From list@example.org Mon Aug 26\nFrom: Ann Example <Ann@Example.org>\n${headers}\n${body}`;

it("reads what the writer wrote, without quotes, links, signature and envelope", async () => {
  const body = [
    "I went there on Monday and saw the whole of it.",
    "",
    "John wrote:",
    "> did you like it?",
    "  | and was it worth the fare?",
    "It was worth the fare, whatever they say about it.",
    "see http://example.org/pictures",
    "-- ",
    "Ann",
  ].join("\n");
  const text =
    "I went there on Monday and saw the whole of it.\n\nIt was worth the fare, whatever they say about it.";
  expect(await readMessage(mail(body))).toEqual({ writer: "ann@example.org", text });
});

it("decodes quoted-printable text and its character set", async () => {
  const headers =
    "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n";
  const message = await readMessage(mail("The caf=E9 around the corner is open until =\nmidnight.", headers)); // prettier-ignore
  expect(message?.text).toBe("The café around the corner is open until midnight.");
});

it.each([
  [
    "a page",
    "Content-Type: text/html\n",
    "<p>Buy now, buy today, and buy what nobody ever needs.</p>",
  ],
  ["a listing", "", "12:30 0x00ff 17.4 99 100 101 102 103 104 105 106 107 108 109"],
  ["a word", "", "Thanks."],
])("leaves out %s", async (_, headers, body) => {
  expect(await readMessage(mail(body, headers))).toBeUndefined();
});

it("keeps of a line that many messages share only the first, and each message once", () => {
  const footer = "This list is moderated by nobody in particular.";
  const texts = ["one", "two", "three", "four", "four"].map((text) => `${text}\n${footer}`);
  const messages = texts.map((text) => ({ writer: "a@example.org", text }));
  expect(dropRepeats(messages).map(({ text }) => text)).toEqual([
    `one\n${footer}`,
    "two",
    "three",
    "four",
  ]);
});

it("leaves out about every second writer, always the same ones", () => {
  const writers = Array.from({ length: 1_000 }, (_, index) => `writer${index}@example.org`);
  const chosen = writers.filter(isForTraining);
  expect(chosen.length).toBeGreaterThan(400);
  expect(chosen.length).toBeLessThan(600);
  expect(writers.filter(isForTraining)).toEqual(chosen);
});
