// The edge's function: a Worker that changes or goes, and tokens that do not do.

import { beforeEach, describe, expect, it } from "vitest";
import { ACCOUNT, TOKEN } from "../fakes/cloud-server.ts";
import {
  BUCKET,
  CHANGED,
  cloud,
  create,
  failure,
  FOREIGN,
  forgetPrinted,
  mainModule,
  NAME,
  printed,
  PROPERTIES,
  remove,
  ROUTED,
  startClouds,
  update,
  uploads,
} from "./edge-events.ts";

startClouds();

describe("update", () => {
  beforeEach(async () => {
    await create();
  });

  it("with unchanged code uploads nothing", async () => {
    await update(PROPERTIES, PROPERTIES);
    expect(uploads()).toBe(1);
    expect(printed).toContain("unchanged, not uploaded");
  });

  it("with changed code uploads it", async () => {
    await update(PROPERTIES, CHANGED);
    expect(uploads()).toBe(2);
    expect(mainModule()).toMatch(/\n\/\/ changed$/);
  });

  it("to another key that seals states keeps the one before, for what it sealed", async () => {
    const keys = () => {
      const { bindings } = cloud.workers.get(NAME)!.metadata;
      return (bindings.find(({ name }) => name === "STATE_KEYS")!.text as string).split(" ");
    };
    const [first] = keys();
    await update(PROPERTIES, { ...PROPERTIES, stateKeyRevision: "2" });
    const [second, before, ...more] = keys();
    expect([before, ...more]).toEqual([first]);
    expect(second).not.toBe(first);
    await update(PROPERTIES, { ...PROPERTIES, stateKeyRevision: "3" });
    expect(keys()[1]).toBe(second);
    for (const key of keys()) expect(Buffer.from(key, "base64")).toHaveLength(32);
  });

  it("with other API keys uploads the Worker again, with those alone", async () => {
    const [one, other] = ["1".repeat(64), "2".repeat(64)];
    await update(PROPERTIES, { ...PROPERTIES, apiKeyHashes: [one] });
    await update(PROPERTIES, { ...PROPERTIES, apiKeyHashes: [other] });
    const { bindings, keep_bindings } = cloud.workers.get(NAME)!.metadata;
    expect(bindings.find(({ name }) => name === "API_KEY_HASHES")!.text).toBe(other);
    expect(keep_bindings).toEqual([]);
  });

  it("that fails leaves the old Worker, and rolling it back uploads nothing", async () => {
    const before = mainModule();
    cloud.uploadError = { code: 10021, message: "Uncaught SyntaxError: Unexpected token" };
    expect(await failure(update(PROPERTIES, CHANGED))).toContain(
      "Uncaught SyntaxError: Unexpected token (10021)",
    );
    expect(mainModule()).toBe(before);
    const attempts = uploads();
    await update(CHANGED, PROPERTIES); // CloudFormation goes back, while uploads still fail
    expect(uploads()).toBe(attempts);
    expect(mainModule()).toBe(before);
  });

  it("that fails after the upload is rolled back to the old Worker", async () => {
    const before = mainModule();
    cloud.addressError = { code: 10099, message: "no addresses today" };
    await failure(update(PROPERTIES, CHANGED));
    cloud.addressError = null;
    await update(CHANGED, PROPERTIES);
    expect(mainModule()).toBe(before);
  });

  it("from a route to workers.dev takes the route away", async () => {
    await update(PROPERTIES, ROUTED);
    expect(cloud.routes).toHaveLength(1);
    await update(ROUTED, PROPERTIES);
    expect(cloud.routes).toEqual([]);
    expect(cloud.workers.get(NAME)!.isOnWorkersDev).toBe(true);
  });

  it("never takes a route from another Worker", async () => {
    cloud.routes.push({ id: "theirs", pattern: ROUTED.route!.pattern, script: "other" });
    expect(await failure(update(PROPERTIES, ROUTED))).toContain('leads to Worker "other"');
    expect(cloud.routes).toMatchObject([{ script: "other" }]);
  });

  it("to another name makes a second Worker, which CloudFormation takes the place of the first", async () => {
    const { PhysicalResourceId } = await update(PROPERTIES, { ...PROPERTIES, workerName: "other" });
    expect(PhysicalResourceId).toBe(`${ACCOUNT}/other`);
    await remove();
    expect([...cloud.workers.keys()]).toEqual(["other"]);
  });

  it("replaces what wrangler deployed by hand meanwhile", async () => {
    cloud.workers.set(NAME, FOREIGN);
    await update(PROPERTIES, PROPERTIES);
    expect(mainModule()).toContain("Session");
  });
});

describe("a token", () => {
  it.each([
    ["scripts", "Account · Workers Scripts · Edit"],
    ["r2", "Account · Workers R2 Storage · Edit"],
    ["routes", "Zone · Workers Routes · Edit"],
  ] as const)(
    "without the scope for %s is told which permission is missing",
    async (scope, name) => {
      cloud.scopes.delete(scope);
      expect(await failure(create(ROUTED))).toContain(
        `the Cloudflare token lacks the permission "${name}"; add it in the dashboard, then deploy again`,
      );
      expect(cloud.workers.size).toBe(0);
    },
  );

  it("that Cloudflare does not know is told so", async () => {
    cloud.secrets.set("token", "another-token-0123456789");
    expect(await failure(create())).toContain("Cloudflare does not know the API token");
  });

  it("that is not in Secrets Manager is told how to put it there", async () => {
    cloud.secrets.delete("token");
    expect(await failure(create())).toContain(
      'Secrets Manager has no secret "token"; make it: aws secretsmanager create-secret --name token',
    );
  });

  it("that is no token is told how to store one", async () => {
    cloud.secrets.set("token", '{"token":"x"}');
    expect(await failure(create())).toContain("store the token alone: aws secretsmanager");
  });

  it("is printed nowhere, nor is what follows from it", async () => {
    await create();
    cloud.scopes.delete("scripts");
    const message = await failure(update(PROPERTIES, CHANGED));
    const { secretAccessKey } = JSON.parse(cloud.secrets.get("edge")!) as Record<string, string>;
    for (const secret of [TOKEN, secretAccessKey!, "seed"]) {
      expect(printed + message).not.toContain(secret);
    }
    expect(printed).not.toBe("");
  });
});

describe("delete", () => {
  it("removes the Worker and its route, keeps the bucket, and says so", async () => {
    await create(ROUTED);
    await remove(ROUTED);
    expect(cloud.workers.size).toBe(0);
    expect(cloud.routes).toEqual([]);
    expect([...cloud.buckets]).toEqual([BUCKET]);
    expect(printed).toContain(`R2 bucket "${BUCKET}" is kept with its models`);
  });

  it("of what is gone already succeeds", async () => {
    await create();
    await remove();
    await remove();
    expect(printed).toContain('there was no Worker "afterword"');
  });

  it.each<[string, () => void]>([
    ["whose secret is gone", () => cloud.secrets.delete("token")],
    ["that is no token any more", () => cloud.secrets.set("token", "gone")],
    ["that was revoked", () => cloud.secrets.set("token", "revoked-token-0123456789")],
    ["that lost its permissions", () => cloud.scopes.clear()],
  ])("with a token %s ends, and tells what stays on Cloudflare", async (_, takeAway) => {
    await create();
    takeAway();
    forgetPrinted();
    await remove();
    expect(printed).toContain(`Worker "${NAME}" and R2 bucket "${BUCKET}"`);
    expect(printed).toContain("stay; delete them in Cloudflare's dashboard");
    expect(printed).not.toContain("deploy again");
    expect(cloud.workers.has(NAME)).toBe(true);
  });

  it("fails while Cloudflare fails, so that it can be tried again", async () => {
    await create();
    cloud.busy = 3;
    expect(await failure(remove())).toContain("Cloudflare is busy or failing");
    await remove();
    expect(cloud.workers.size).toBe(0);
  });

  it("leaves a Worker that is not this stack's", async () => {
    cloud.workers.set(NAME, FOREIGN);
    await remove();
    expect(cloud.workers.get(NAME)).toBe(FOREIGN);
  });
});
