// What takes minutes: the first start from nothing, and everything else that trains for real.

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["test/slow/**/*.test.ts"], fileParallelism: false, testTimeout: 600_000 },
});
