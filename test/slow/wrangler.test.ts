// wrangler's own deployment, recorded by a server in Cloudflare's place, beside what the stack's function sends to the same
// server: the two roads to the edge deploy the same Worker. And `deploy --edge-only` from one end to the other, with wrangler.

import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { parseConfig } from "#config/project";
import type { CloudflareConfig } from "#config/project";
import { deployEdge, wranglerFor } from "#ops/edge-only";
import { openCloudflare } from "../../infra/edge-worker/cloudflare.ts";
import { deployWorker } from "../../infra/edge-worker/worker-deployment.ts";
import { bundleWorker } from "../../infra/worker-upload.ts";
import { SAMPLE } from "../config/sample-config.ts";
import { ACCOUNT, CloudServer, TOKEN, ZONE } from "../fakes/cloud-server.ts";
import type { UploadedWorker } from "../fakes/cloud-server.ts";

const HASH = `me:${"0".repeat(64)}`;
const OURS_ALONE = ["tags", "keep_bindings"]; // the tag says which upload it is; no secret is kept but those that are named
const config: CloudflareConfig = {
  ...parseConfig(SAMPLE).cloudflare!,
  accountId: ACCOUNT,
  workerName: "afterword",
  bucketName: "afterword-models",
  route: undefined,
  apiKeyHashes: [HASH],
};

let byWrangler: CloudServer;
let byFunction: CloudServer;
let url: string | undefined;
beforeAll(async () => {
  byWrangler = new CloudServer();
  vi.stubEnv("CLOUDFLARE_API_BASE_URL", `${await byWrangler.start()}/client/v4`);
  vi.stubEnv("CLOUDFLARE_API_TOKEN", TOKEN);
  url = await deployEdge(config, wranglerFor(ACCOUNT));

  byFunction = new CloudServer();
  const cloudflare = openCloudflare({ token: TOKEN, api: `${await byFunction.start()}/client/v4` });
  const secrets = { API_KEY_HASHES: HASH, STATE_KEYS: randomBytes(32).toString("base64") };
  await deployWorker(cloudflare, config, { upload: await bundleWorker(), secrets }, { isNew: true }); // prettier-ignore
}, 120_000);
afterAll(() => {
  vi.unstubAllEnvs();
  byWrangler.stop();
  byFunction.stop();
});

const workerOf = (cloud: CloudServer) => cloud.workers.get("afterword")!;
const uploadOf = ({ requests }: CloudServer) => requests.filter((request) => /^PUT .*scripts/.test(request)); // prettier-ignore

function plain({ metadata }: UploadedWorker): object {
  const known = Object.entries(metadata).filter(([name]) => !OURS_ALONE.includes(name));
  return { ...Object.fromEntries(known), bindings: bindingsOf(metadata.bindings) };
}

function bindingsOf(bindings: UploadedWorker["metadata"]["bindings"]): object[] {
  return bindings
    .map((binding) => (binding.name === "STATE_KEYS" ? { ...binding, text: "a key" } : binding))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

describe("wrangler and the stack's function", () => {
  it("upload to the same address", () => {
    expect(uploadOf(byWrangler)).toHaveLength(1);
    expect(uploadOf(byFunction)).toEqual(uploadOf(byWrangler));
  });

  it("send the secrets with the Worker, which never answers without them", () => {
    for (const { requests } of [byWrangler, byFunction]) {
      expect(requests.filter((request) => /^(PUT|PATCH|POST) .*\/secrets/.test(request))).toEqual(
        [],
      );
    }
  });

  it("send the same metadata, bindings, classes, limits and secrets", () => {
    expect(plain(workerOf(byFunction))).toEqual(plain(workerOf(byWrangler)));
  });

  it("send the same modules, byte for byte, but for paths of this machine in the source map", () => {
    const [ours, theirs] = [workerOf(byFunction).modules, workerOf(byWrangler).modules];
    expect([...ours.keys()].toSorted()).toEqual([...theirs.keys()].toSorted());
    for (const [name, { type, content }] of ours) {
      expect(theirs.get(name)!.type, name).toBe(type);
      if (!name.endsWith(".map"))
        expect(theirs.get(name)!.content.equals(content), name).toBe(true);
    }
  });

  it("make the bucket, and answer on workers.dev", () => {
    expect(byFunction.buckets).toEqual(byWrangler.buckets);
    for (const cloud of [byFunction, byWrangler]) expect(workerOf(cloud).isOnWorkersDev).toBe(true);
    expect(url).toBe("https://afterword.example.workers.dev");
  });
});

describe("a second deployment by wrangler", () => {
  it("leaves the key that seals states, and replaces the hashes of API keys", async () => {
    const secret = (name: string) =>
      workerOf(byWrangler).metadata.bindings.find((binding) => binding.name === name)?.text;
    const key = secret("STATE_KEYS");
    const other = `you:${"1".repeat(64)}`;
    await deployEdge({ ...config, apiKeyHashes: [other] }, wranglerFor(ACCOUNT));
    expect(secret("STATE_KEYS")).toBe(key);
    expect(secret("API_KEY_HASHES")).toBe(other);
    await deployEdge({ ...config, apiKeyHashes: [] }, wranglerFor(ACCOUNT));
    expect(secret("STATE_KEYS")).toBe(key);
    expect(secret("API_KEY_HASHES")).toBeUndefined();
  });
});

describe("a route", () => {
  it("is made in its zone, with a token for that zone alone, and the Worker leaves workers.dev", async () => {
    const route = { zoneId: ZONE, pattern: "predict.example.com/*" };
    const address = await deployEdge({ ...config, route }, wranglerFor(ACCOUNT));
    expect(address).toBe("https://predict.example.com");
    expect(byWrangler.routes).toMatchObject([{ pattern: route.pattern, script: "afterword" }]);
    expect(workerOf(byWrangler).isOnWorkersDev).toBe(false);
  });
});

describe("a deployment by wrangler that Cloudflare refuses", () => {
  it("ends with wrangler's words and the command that failed", async () => {
    byWrangler.scopes.delete("r2");
    await expect(deployEdge(config, wranglerFor(ACCOUNT))).rejects.toThrow(
      "wrangler r2 bucket create ended with status 1",
    );
    byWrangler.scopes.add("r2");
  });
});
