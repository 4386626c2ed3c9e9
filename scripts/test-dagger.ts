import { spawnSync } from "node:child_process";

/** Runs the tests that need an engine; without one it says that nothing was proved. */
const asked = spawnSync("dagger", ["version"], { encoding: "utf8", timeout: 20_000 });
if (asked.status !== 0) {
  const lines = [
    "skipped: no `dagger` on PATH, so nothing was proved in an engine",
    "  next: install dagger 0.21.8 and start an engine, then run this again",
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
} else {
  const ran = spawnSync("npx", ["vitest", "run", "--config", "vitest.dagger.config.ts"], {
    stdio: "inherit",
  });
  process.exitCode = ran.status ?? 1;
}
