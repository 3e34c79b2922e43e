// What takes minutes: the first start from nothing, everything else that trains for real, and the edge's random tests in
// greater numbers (ten scripts take about a second) and with the largest texts.

import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    fileParallelism: false,
    projects: [
      {
        test: {
          name: "node",
          globalSetup: "./test/build-pages.ts",
          include: ["test/slow/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 60_000,
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: "./edge/wrangler.jsonc" } })],
        test: {
          name: "workerd",
          include: ["test/edge/{edit-scripts,fuzz,kills,linear-time}.worker.test.ts"],
          testTimeout: 60_000,
          provide: { editScripts: 1_000, kills: 1_000, fuzzedRequests: 20_000, textBytes: 65_000 },
        },
      },
    ],
  },
});
