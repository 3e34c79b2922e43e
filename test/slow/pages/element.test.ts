// `<afterword-suggest>` in each browser against the running Worker: the table of what people do to a field.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BROWSERS } from "./browsers.ts";
import type { DrivenBrowser } from "./driven-page.ts";
import { FIELDS, perform, serveFields, textOf } from "./fields.ts";
import { INTERACTIONS } from "./interactions.ts";

let site: Awaited<ReturnType<typeof serveFields>>;

beforeAll(async () => void (site = await serveFields()));
afterAll(() => site?.close());

/** What a row of the table expects, with what was offered. */
function expectationOf(becomes: string, inserts: string[]): RegExp {
  const pattern = becomes
    .replaceAll(/[.()?+^$|\\]/g, "\\$&")
    .replaceAll("*", "[\\w.,' ]+")
    .replaceAll(/\{(\d)\}/g, (_, number) => inserts[Number(number) - 1]!.replaceAll(".", "\\."));
  return new RegExp(becomes.includes("|") ? `^${pattern}$` : `^${pattern}\\|?$`);
}

for (const { name, isInstalled, launch } of BROWSERS) {
  describe.runIf(isInstalled)(`a field with suggestions in ${name}`, () => {
    let browser: DrivenBrowser;
    beforeAll(async () => void (browser = await launch()));
    afterAll(() => browser?.close());

    for (const [script, becomes, fields = FIELDS] of INTERACTIONS) {
      it(`${JSON.stringify(script)} → ${JSON.stringify(becomes)}: ${fields.join(", ")}`, async () => {
        await browser.visit(site.url, async (page) => {
          for (const id of fields) {
            const inserts = await perform(page, id, script);
            await expect
              .poll(
                async () => {
                  const text = await textOf(page, id);
                  return becomes.includes("|") ? text : text.replace("|", "");
                },
                { message: id },
              )
              .toMatch(expectationOf(becomes, inserts));
          }
        });
      });
    }
  });
}
