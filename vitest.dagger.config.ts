import { defineConfig } from "vitest/config";

/** `npm run test:dagger`: what only an engine can prove. */
export default defineConfig({
  test: {
    include: ["test/dagger/**/*.dagger.test.ts"],
    globalSetup: ["test/support/build-cli.ts"],
    pool: "forks",
    maxWorkers: 1,
    // A first call fetches images and boots the module.
    testTimeout: 900_000,
    hookTimeout: 120_000,
  },
});
