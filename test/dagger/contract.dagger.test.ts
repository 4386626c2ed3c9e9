import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import { daggerExecutor } from "../../pipeline/executors/dagger/executor.ts";
import { addressesOf } from "../../pipeline/executors/dagger/images.ts";
import { openSession } from "../../pipeline/executors/dagger/session.ts";
import { systemClock } from "../../pipeline/io/clock.ts";
import { createProcesses } from "../../pipeline/io/processes.ts";
import { Secret } from "../../pipeline/secret.ts";
import { executorContract } from "../contract/executor.ts";
import { unwrap } from "../support/unwrap.ts";
import { module, replaced } from "./support.ts";

const processes = createProcesses();
afterAll(() => processes.close());

executorContract("the Dagger executor", {
  image: "debian:bookworm-slim",
  postgres: "postgres:18",
  make: async (files, secrets) => {
    const checkout = mkdtempSync(join(tmpdir(), "bellwether-contract-"));
    execFileSync("git", ["init", "--quiet", checkout]);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(checkout, path)), { recursive: true });
      writeFileSync(join(checkout, path), text);
    }
    const session = unwrap(
      await openSession({
        ...{ checkout, processes, clock: systemClock, variables: process.env, history: false },
        signal: new AbortController().signal,
        secrets: Object.fromEntries(
          Object.entries(secrets).map(([name, value]) => [name, new Secret(name, value)]),
        ),
        program: join(module, "dist", "main.cjs"),
      }),
    );
    let run = 0;
    const again = async () =>
      daggerExecutor({
        ...session,
        ...{ app: "contract", version: "1.2.3", checkout: null, change: null, variables: {} },
        address: addressesOf(replaced, {}),
        fresh: `${process.pid}-${run++}`,
        end: () => Promise.resolve(),
      });
    return {
      executor: await again(),
      again,
      close: async () => {
        await session.end();
        rmSync(checkout, { recursive: true, force: true });
      },
    };
  },
});
