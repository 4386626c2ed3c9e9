import { defineConfig } from "vitest/config";

/** `npm run test:real`: whole lives of real systems, one file at a time, because they measure time. */
export default defineConfig({
  test: {
    include: ["test/real/**/*.real.test.ts"],
    globalSetup: ["test/support/build-cli.ts"],
    pool: "forks",
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 240_000,
    // A package that is missing is installed first.
    hookTimeout: 300_000,
    reporters: process.env.CI ? ["default", "json"] : ["default"],
    outputFile: { json: "reports/real.json" },
  },
});
