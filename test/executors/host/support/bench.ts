import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createHostExecutor } from "../../../../pipeline/executors/host/executor.ts";
import { findEmbedded } from "../../../../pipeline/executors/host/services/embedded.ts";
import { createServers } from "../../../../pipeline/executors/host/services/servers.ts";
import { systemClock } from "../../../../pipeline/io/clock.ts";
import { removeTree } from "../../../../pipeline/io/files.ts";
import { createHttp } from "../../../../pipeline/io/http-client.ts";
import { createProcesses } from "../../../../pipeline/io/processes.ts";
import type { HermeticStep } from "../../../../pipeline/plan/plan.ts";
import { fail, ok } from "../../../../pipeline/result.ts";
import type { StepOutcome } from "../../../../pipeline/run/executor.ts";
import { Secret } from "../../../../pipeline/secret.ts";

export type Ran = { outcome: StepOutcome; lines: string[] };

/** A git checkout in a temporary directory, with a state directory beside it. */
export function createCheckout(files: Record<string, string> = { "a.txt": "a", "src/b.txt": "b" }) {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "bellwether-executor-")));
  const root = join(base, "checkout");
  const state = join(base, "state");
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  mkdirSync(root);
  execFileSync("git", ["init", "-q", root]);
  for (const [path, text] of Object.entries(files)) write(path, text);

  type More = {
    environment?: Record<string, string>;
    secrets?: Record<string, string>;
    cache?: boolean;
    signal?: AbortSignal;
    seen?: (line: string) => void;
  };

  /** An executor of its own, as a run has. */
  const begin = (more: More = {}) => {
    const processes = createProcesses();
    const path = process.env.PATH ?? "";
    const executor = createHostExecutor({
      ...{ root, state, processes, clock: systemClock, http: createHttp(), cache: more.cache ?? true },
      servers: createServers({
        ...{ processes, clock: systemClock, path: "/nowhere", library: join(base, "library") },
        places: { postgres: [], embedded: findEmbedded() },
      }),
      secrets: async (name) => {
        const value = more.secrets?.[name];
        if (value !== undefined) return ok(new Secret(name, value));
        return fail({ kind: "secret-unresolved", name, source: "env", reason: "it is not set" });
      },
      environment: { PATH: path, HOME: "/nonexistent", ...more.environment },
      program: ["/bin/echo", "bellwether"],
    });
    const run = async (step: HermeticStep): Promise<Ran> => {
      const lines: string[] = [];
      const outcome = await executor.run(step, {
        signal: more.signal ?? new AbortController().signal,
        output: (stream, line) => {
          lines.push(`${stream}: ${line}`);
          more.seen?.(line);
        },
      });
      return { outcome, lines };
    };
    const close = async () => {
      await executor.close();
      await processes.close();
    };
    return { executor, run, close };
  };

  return {
    root,
    state,
    write,
    begin,
    /** Runs steps one after the other in a run of their own; gives what the last one did. */
    async run(steps: HermeticStep | HermeticStep[], more: More = {}): Promise<Ran> {
      const one = begin(more);
      try {
        let last: Ran | null = null;
        for (const step of [steps].flat()) last = await one.run(step);
        if (!last) throw new Error("no step was given");
        return last;
      } finally {
        await one.close();
      }
    },
    remove: () => removeTree(base),
  };
}
