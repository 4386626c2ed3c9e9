import { defineConfig } from "vitest/config";

/** `npm test`: everything but the tests that take a real system through its life (see vitest.real.config.ts). */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/**/*.real.test.ts", "test/**/*.dagger.test.ts"],
    globalSetup: ["test/support/build-cli.ts"],
    // Processes, signals and working directories need a process of their own for each file.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: process.env.CI ? ["default", "json"] : ["default"],
    outputFile: { json: "reports/test.json" },
  },
});
