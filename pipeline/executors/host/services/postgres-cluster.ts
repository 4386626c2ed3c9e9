import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { chown, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { removeTree } from "../../../io/files.ts";
import { fail, ok, type Result } from "../../../result.ts";
import type { PostgresPrograms, ServerContext } from "./server-context.ts";
import { createTail } from "./tail.ts";

/** A password that needs no quoting anywhere. */
export const freshPassword = (): string => randomBytes(18).toString("base64url");

/** Environment of PostgreSQL's own programs: nothing of ours, messages in English, times in UTC. */
export const postgresEnvironment = { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };

/** Time limit of initdb in ms; it takes half a second on a quiet machine. */
const initialiseMs = 120_000;

/**
 * Makes a data directory at `data`, or nothing: initdb works in a sibling that is renamed at the end. `user` is
 * the superuser, as with the container image. Failure: reason and last lines.
 */
export async function initialiseCluster(
  context: ServerContext,
  programs: PostgresPrograms,
  cluster: {
    data: string;
    user: string;
    password: string;
    durable: boolean;
    signal: AbortSignal | undefined;
  },
): Promise<Result<void, { reason: string; log: string[] }>> {
  const staged = await mkdtemp(join(dirname(cluster.data), ".initialising-"));
  const secret = `${staged}.password`;
  const owner = context.user;
  try {
    await writeFile(secret, `${cluster.password}\n`, { mode: 0o600, flag: "wx" });
    if (owner !== null) await Promise.all([staged, secret].map((path) => chown(path, owner, owner)));
    const tail = createTail(40);
    const ended = await context.processes.run(
      {
        argv: [
          join(programs.bin, "initdb"),
          ...["-D", staged, "-U", cluster.user, "-A", "scram-sha-256", `--pwfile=${secret}`],
          ...["-E", "UTF8", "--locale=C", ...(cluster.durable ? [] : ["--no-sync"])],
        ],
        directory: "/",
        environment: postgresEnvironment,
        ...(owner === null ? {} : { user: owner }),
        output: (_stream, line) => tail.add(line),
      },
      { timeoutMs: initialiseMs, graceMs: 1000, ...(cluster.signal ? { signal: cluster.signal } : {}) },
    );
    if (!ended.ok) return fail({ reason: ended.failure, log: [] });
    if (ended.value.timedOut) return fail({ reason: "initdb did not end in time", log: tail.lines() });
    if (ended.value.exitCode !== 0) return fail({ reason: "initdb failed", log: tail.lines() });
    await rename(staged, cluster.data);
    return ok(undefined);
  } finally {
    await rm(secret, { force: true });
    await removeTree(staged);
  }
}

/**
 * Pid of a live postgres that serves `data`, or null. A pid file left by a crash whose number now belongs to
 * something else is removed: PostgreSQL itself would refuse to start.
 */
export async function serverOf(data: string, proc = "/proc"): Promise<number | null> {
  const file = join(data, "postmaster.pid");
  const pid = Number(read(file)?.split("\n")[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  if (read(join(proc, "self", "stat")) === null) return null;
  const state = read(join(proc, String(pid), "stat"));
  const isPostgres = read(join(proc, String(pid), "comm"))?.trim() === "postgres";
  if (state !== null && isPostgres && !state.includes(") Z ")) return pid;
  await rm(file, { force: true });
  return null;
}

function read(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
