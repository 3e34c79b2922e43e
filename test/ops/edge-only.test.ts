import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { deployEdge, edgeConfig } from "#ops/edge-only";
import type { RunWrangler, WranglerRun } from "#ops/edge-only";
import { parseConfig } from "../../config/project.ts";
import { SAMPLE } from "../config/sample-config.ts";

const config = parseConfig(SAMPLE).cloudflare!;
const open = { ...config, route: undefined, apiKeyHashes: [] };

/** As wrangler prints them: the brackets begin a colour, and no list. */
const WARNING = "\x1b[33m▲ [43;33m[[43;30mWARNING[43;33m]\x1b[0m fields are experimental\n";

/** In wrangler's place: keeps what it is asked, with the configuration as it is then. */
function recorder(answers: Record<string, Partial<WranglerRun>> = {}) {
  const ran: { words: string; secrets: Record<string, string>; config: string }[] = [];
  const run: RunWrangler = async (words) => {
    const read = async (option: string) => {
      const path = words[words.indexOf(option) + 1]!;
      return words.includes(option) ? readFile(path, "utf8") : "{}";
    };
    const plain = words.map((word) => (word.startsWith("/") ? "FILE" : word)).join(" ");
    const secrets = JSON.parse(await read("--secrets-file")) as Record<string, string>;
    ran.push({ words: plain, secrets, config: await read("--config") });
    const key = Object.keys(answers).find((start) => plain.startsWith(start));
    return { status: 0, stdout: "[]", stderr: WARNING, ...answers[key ?? ""] };
  };
  return { ran, run };
}

describe("the edge without AWS", () => {
  it("is wrangler's: the bucket, the Worker under its names, its secrets", async () => {
    const { ran, run } = recorder({
      deploy: { stdout: "at https://afterword.me.workers.dev (1 s)" },
    });
    expect(await deployEdge(open, run)).toBe("https://afterword.me.workers.dev");
    expect(ran.map(({ words }) => words)).toEqual([
      "r2 bucket create our-models",
      "secret list --config FILE --format json",
      "deploy --config FILE --secrets-file FILE",
    ]);
    expect(ran[2]!.config).toContain('"bucket_name": "our-models"');
    expect(ran[2]!.config).toContain(`"account_id":"${config.accountId}"`);
    const { STATE_KEYS, ...others } = ran[2]!.secrets;
    expect(Buffer.from(STATE_KEYS!, "base64")).toHaveLength(32);
    expect(others).toEqual({});
  });

  it("keeps the key that sealed states, and closes with the configured API keys", async () => {
    const { ran, run } = recorder({ "secret list": { stdout: '[{"name":"STATE_KEYS"}]' } });
    await deployEdge(config, run);
    expect(ran.at(-1)!.secrets).toEqual({ API_KEY_HASHES: config.apiKeyHashes.join(" ") });
    expect(ran.at(-1)!.config).toContain('"workers_dev":false');
  });

  it("opens again where no API keys are configured any more", async () => {
    const names = '[{"name":"STATE_KEYS"},{"name":"API_KEY_HASHES"}]';
    const { ran, run } = recorder({ "secret list": { stdout: names } });
    await deployEdge(open, run);
    expect(ran.at(-1)!.words).toBe("secret delete API_KEY_HASHES --config FILE");
  });

  it("closes a Worker with the upload that makes it, and stops where it cannot be asked what it has", async () => {
    const none = { status: 1, stderr: `Worker "afterword" not found.` };
    const first = recorder({ "secret list": none });
    await deployEdge(config, first.run);
    const { words, secrets } = first.ran.at(-1)!;
    expect(words).toMatch(/^deploy /);
    expect(Object.keys(secrets)).toEqual(["API_KEY_HASHES", "STATE_KEYS"]);
    const refused = recorder({ "secret list": { status: 1, stderr: "Authentication error" } });
    await expect(deployEdge(config, refused.run)).rejects.toThrow("wrangler secret list ended");
    expect(refused.ran.map(({ words }) => words).join()).not.toContain("deploy");
  });

  it("takes a bucket that is there, and stops at any other failure", async () => {
    const exists = recorder({
      "r2 bucket": { status: 1, stderr: "it already exists [code: 10004]" },
    });
    await deployEdge(open, exists.run);
    expect(exists.ran.length).toBeGreaterThan(1);
    const closed = recorder({ "r2 bucket": { status: 1, stderr: "Please enable R2 [10042]" } });
    await expect(deployEdge(open, closed.run)).rejects.toThrow("wrangler r2 bucket create ended");
    expect(closed.ran).toHaveLength(1);
  });

  it("says where objects are to be, and how many sessions a day has", async () => {
    const own = await readFile("edge/wrangler.jsonc", "utf8");
    const placed = edgeConfig(own, { ...open, jurisdiction: "eu", locationHint: "weur", sessionsPerDay: 0 }); // prettier-ignore
    expect(placed).toContain('"JURISDICTION": "eu"');
    expect(placed).toContain('"LOCATION_HINT": "weur"');
    expect(placed).toContain('"SESSIONS_PER_DAY": "0"');
    expect(edgeConfig(own, open)).toContain('"JURISDICTION": ""');
    expect(edgeConfig(own, open)).toContain('"SESSIONS_PER_DAY": "100000"');
  });

  it("changes nothing of the Worker but its names and its address", async () => {
    const own = await readFile("edge/wrangler.jsonc", "utf8");
    const lines = (text: string) => text.split("\n");
    const changed = lines(edgeConfig(own, open)).filter(
      (line, index) => line !== lines(own)[index],
    );
    expect(changed).toHaveLength(2);
  });
});
