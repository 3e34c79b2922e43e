// Two kinds of test: most run in Node; *.worker.test.ts run inside workerd, with the real Durable Object and R2.

import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const WORKER_TESTS = "test/**/*.worker.test.ts";

export default defineConfig({
  test: {
    testTimeout: 60_000,
    projects: [
      {
        test: {
          name: "node",
          globalSetup: "./test/build-pages.ts",
          include: ["test/**/*.test.ts"],
          exclude: [WORKER_TESTS, "test/slow/**"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: "./edge/wrangler.jsonc" } })],
        test: {
          name: "workerd",
          include: [WORKER_TESTS],
          globalSetup: ["./test/build-pages.ts", "./test/edge/node-truth.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          provide: { editScripts: 20, kills: 40, fuzzedRequests: 500, textBytes: 6_000 }, // vitest.slow.config.ts runs many more,
        },
      },
    ],
  },
});
