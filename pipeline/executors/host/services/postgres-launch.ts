import { join } from "node:path";
import type { Child } from "../../../io/process.ts";
import type { RunningServer, ServerFacts } from "../../../io/server.ts";
import { fail, ok, type Result } from "../../../result.ts";
import { postgresEnvironment } from "./postgres-cluster.ts";
import { answers } from "./postgres-query.ts";
import type { PostgresPrograms, ServerContext } from "./server-context.ts";
import { createTail } from "./tail.ts";

/** Time limit for the first answer in ms: recovery after a crash can take a while. */
const readyMs = 60_000;

/** Time in ms that a server gets to write everything down, then to end without that. */
const graceMs = { fast: 10_000, immediate: 2000 };

/** Runs the server on a data directory that exists; settles when a query was answered. */
export async function launchPostgres(
  context: ServerContext,
  programs: PostgresPrograms,
  cluster: { data: string; facts: ServerFacts; durable: boolean; signal: AbortSignal | undefined },
): Promise<Result<RunningServer, { reason: string; log: string[] }>> {
  const tail = createTail(40);
  const settings = {
    listen_addresses: "127.0.0.1",
    port: cluster.facts.port,
    unix_socket_directories: "",
    ...(cluster.durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
  };
  const begun = await context.processes.start({
    argv: [
      join(programs.bin, "postgres"),
      ...["-D", cluster.data],
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ],
    directory: "/",
    environment: postgresEnvironment,
    // What is thrown away need not be written down first.
    stopSignal: cluster.durable ? "SIGINT" : "SIGQUIT",
    ...(context.user === null ? {} : { user: context.user }),
    output: (_stream, line) => tail.add(line),
  });
  if (!begun.ok) return fail({ reason: begun.failure, log: [] });
  const child = begun.value;
  let over = false;
  const ended = child.ended.then(() => {
    over = true;
  });

  for (const limit = context.clock.now() + readyMs; ; ) {
    const asked = await answers(cluster.facts);
    // An answer after the end is somebody else's who has the port now.
    if (asked.ok && !over) break;
    if (over) return fail({ reason: "the server ended before it was ready", log: tail.lines() });
    if (context.clock.now() > limit || cluster.signal?.aborted) {
      await child.stop(graceMs.immediate);
      return fail({
        reason: `no query was answered: ${asked.ok ? "" : asked.failure.reason}`,
        log: tail.lines(),
      });
    }
    await context.clock.sleep(20);
  }

  let stopping = false;
  return ok({
    facts: cluster.facts,
    died: new Promise((resolve) => {
      void ended.then(() => {
        if (!stopping) resolve(tail.lines());
      });
    }),
    ask: async () => (await answers(cluster.facts)).ok,
    async stop() {
      stopping = true;
      await stopServer(context, child);
    },
  });
}

/** A fast shutdown that takes too long is made an immediate one, which loses nothing that was committed. */
async function stopServer(context: ServerContext, child: Child): Promise<void> {
  const done = new AbortController();
  void context.clock.sleep(graceMs.fast, done.signal).then(() => {
    if (done.signal.aborted) return;
    try {
      process.kill(child.pid, "SIGQUIT");
    } catch {
      // It has just ended.
    }
  });
  await child.stop(graceMs.fast + graceMs.immediate);
  done.abort();
}
