import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Failure } from "../../../failure.ts";
import { isMissing, removeTree } from "../../../io/files.ts";
import { freePort } from "../../../io/ports.ts";
import type { RunningServer, ServerFacts, ServerOptions, ServerSpec } from "../../../io/server.ts";
import { fail, ok, type Result } from "../../../result.ts";
import { keepFacts, keptFacts } from "./kept-facts.ts";
import { freshPassword, initialiseCluster, serverOf } from "./postgres-cluster.ts";
import { furnish } from "./postgres-furnish.ts";
import { launchPostgres } from "./postgres-launch.ts";
import { findPostgres } from "./postgres-programs.ts";
import { loadClient } from "./postgres-query.ts";
import { placeFor } from "./reach.ts";
import type { ServerContext } from "./server-context.ts";

/** Time in ms that a server of a run that was killed gets to go away before its data are taken over. */
const takeoverMs = 5000;

/** Starts PostgreSQL on 127.0.0.1 with a password; ready when a query was answered (see `Servers`). */
export async function startPostgres(
  context: ServerContext,
  spec: ServerSpec,
  options: ServerOptions,
): Promise<Result<RunningServer>> {
  const failed = (reason: string, log: string[] = [], remedy = "see the server's last lines") =>
    fail<Failure>({ kind: "service-failed", service: spec.name, reason, log, remedy });

  // While programs run there is time to load what asks the server.
  loadClient().catch(() => {});
  const programs = await findPostgres(context, spec);
  if (!programs.ok) return programs;
  const kept = options.persistent ? await keptFacts(options.directory) : ok(null);
  if (!kept.ok) return kept;
  const place = await placeFor(options.directory, context.user, context.library);
  const data = kept.value?.data ?? join(place, "data");
  const there = await exists(data);
  if (!there && kept.value?.furnished) {
    return failed(
      `the data directory ${data} is gone`,
      [],
      `restore it, or remove ${options.directory} to begin anew`,
    );
  }
  if (there && options.persistent && !kept.value) {
    const remedy = `restore ${join(options.directory, "facts.json")}, or remove ${data} to begin anew`;
    return failed(`the data directory ${data} is there, but not its password`, [], remedy);
  }

  const password = kept.value?.password ?? freshPassword();
  const user = kept.value?.user ?? spec.user;
  const factsAt = (port: number): ServerFacts => ({
    url: `postgresql://${encodeURIComponent(user)}:${password}@127.0.0.1:${port}/${encodeURIComponent(spec.database)}`,
    host: "127.0.0.1",
    port: String(port),
    user,
    password,
    database: spec.database,
  });
  const keep = (port: number, furnished: boolean) =>
    options.persistent ? keepFacts(options.directory, { data, user, password, port, furnished }) : null;

  if (!there) {
    // The password is kept before the data exist: data without their password would be lost.
    await keep(kept.value?.port ?? 0, false);
    await removeLeftovers(data);
    const made = await initialiseCluster(context, programs.value, {
      data,
      user,
      password,
      durable: options.persistent,
      signal: options.signal,
    });
    if (!made.ok) return failed(made.failure.reason, made.failure.log);
  } else if (!(await isAlone(context, data))) {
    return failed(`another server uses ${data}`, [], "end it first");
  }

  // A free port can be taken before the server has it; a second one is then tried.
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(attempt === 1 ? kept.value?.port || undefined : undefined);
    const launched = await launchPostgres(context, programs.value, {
      data,
      facts: factsAt(port),
      durable: options.persistent,
      signal: options.signal,
    });
    if (!launched.ok) {
      if (attempt < 3 && launched.failure.log.some((line) => line.includes("could not bind"))) continue;
      return failed(launched.failure.reason, launched.failure.log);
    }
    const server = launched.value;
    if (!kept.value?.furnished) {
      const furnished = await furnish(
        { context, programs: programs.value, data, facts: server.facts, signal: options.signal },
        spec,
      );
      if (!furnished.ok) {
        await server.stop();
        // What this start made holds nothing yet, or the half of an init file.
        if (!there) await removeTree(data);
        return failed(furnished.failure, [], "correct the init file or the service's definition");
      }
    }
    await keep(port, true);
    return ok(server);
  }
}

async function exists(directory: string): Promise<boolean> {
  try {
    return (await readdir(directory)).length > 0;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Half-made directories of runs that were killed in initdb. */
async function removeLeftovers(data: string): Promise<void> {
  for (const name of await readdir(dirname(data))) {
    if (name.startsWith(".initialising-")) await removeTree(join(dirname(data), name));
  }
}

async function isAlone(context: ServerContext, data: string): Promise<boolean> {
  for (const end = context.clock.now() + takeoverMs; (await serverOf(data)) !== null; ) {
    if (context.clock.now() > end) return false;
    await context.clock.sleep(20);
  }
  return true;
}
