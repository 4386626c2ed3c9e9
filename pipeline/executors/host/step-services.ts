import { readdirSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "../../canonical.ts";
import type { Failure } from "../../failure.ts";
import { removeTree } from "../../io/files.ts";
import type { RunningServer, ServerFacts, Servers } from "../../io/server.ts";
import type { HermeticStep } from "../../plan/plan.ts";
import type { Redactor } from "../../redact.ts";
import { fail, ok, type Result } from "../../result.ts";

/** Servers of one step: fresh ones, thrown away with it. */
export type StepServices = {
  facts: Record<string, ServerFacts>;
  /** Settles when one of them ends by itself. */
  died: Promise<Failure>;
  stop(): Promise<void>;
};

/** Starts servers for steps. */
export interface ServiceStarter {
  start(step: HermeticStep, signal: AbortSignal): Promise<Result<StepServices>>;
  /** Stops those of all steps. */
  close(): Promise<void>;
}

/** Data go to the temporary directory, not to the checkout: the servers' user can reach that one. */
export function createServiceStarter(servers: Servers, redactor: Redactor, root: string): ServiceStarter {
  // On a shared temporary directory, pids of another machine or container say nothing.
  const prefix = `bellwether-service-${sha256(hostname()).slice(0, 8)}-`;
  const running = new Set<RunningServer>();
  let count = 0;

  const stop = async (server: RunningServer) => {
    if (!running.delete(server)) return;
    await server.stop();
  };

  return {
    async start(step, signal) {
      if (step.services.length > 0 && count === 0) await removeStale(prefix);
      const started = await Promise.all(
        step.services.map(async (spec) => {
          const directory = join(tmpdir(), `${prefix}${process.pid}-${count++}`);
          const init = spec.init.map((file) => join(root, file));
          const server = await servers.start({ ...spec, init }, { directory, persistent: false, signal });
          if (server.ok) {
            running.add(server.value);
            redactor.add(server.value.facts.password);
            redactor.addUrl(server.value.facts.url);
          }
          return { spec, server };
        }),
      );
      const up = started.flatMap(({ server }) => (server.ok ? [server.value] : []));
      for (const { server } of started) {
        if (server.ok) continue;
        await Promise.all(up.map(stop));
        return fail(redactedFailure(server.failure, redactor));
      }
      const facts: Record<string, ServerFacts> = {};
      const deaths: Promise<Failure>[] = [];
      for (const { spec, server } of started) {
        if (!server.ok) continue;
        facts[spec.name] = server.value.facts;
        deaths.push(
          server.value.died.then((log) => ({
            kind: "service-died",
            step: step.id,
            service: spec.name,
            log: log.map((line) => redactor.line(line)),
          })),
        );
      }
      return ok({
        facts,
        died: deaths.length > 0 ? Promise.race(deaths) : new Promise<Failure>(() => {}),
        stop: async () => void (await Promise.all(up.map(stop))),
      });
    },
    close: async () => void (await Promise.all([...running].map(stop))),
  };
}

/** What a server says of its failure can hold the password that it was given. */
function redactedFailure(failure: Failure, redactor: Redactor): Failure {
  if (failure.kind !== "service-failed") return failure;
  return { ...failure, reason: redactor.line(failure.reason), log: failure.log.map(redactor.line) };
}

/** Data of runs on this machine that were killed. */
async function removeStale(prefix: string): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(name.startsWith(prefix) ? name.slice(prefix.length).split("-")[0] : 0);
    if (pid > 0 && !isRunning(pid)) await removeTree(join(tmpdir(), name)).catch(() => {});
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
