import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { chown, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { removeTree } from "../../../io/files.ts";
import { fail, ok, type Result } from "../../../result.ts";
import type { PostgresPrograms, ServerContext } from "./server-context.ts";
import { createTail } from "./tail.ts";

/** A password that needs no quoting anywhere. */
export const freshPassword = (): string => randomBytes(18).toString("base64url");

/** Environment of PostgreSQL's own programs: nothing of ours, messages in English, times in UTC. */
export const postgresEnvironment = { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };

/** Time limit in ms of a program that makes or copies data; initdb takes half a second on a quiet machine. */
const programMs = 120_000;

/** What is made at `data`: `user` is the superuser, as with the container image. */
export type Cluster = {
  data: string;
  user: string;
  password: string;
  signal: AbortSignal | undefined;
};

/** Data that were made: the password that their superuser has, and the template that they are a copy of, or null. */
export type Made = { password: string; template: string | null };

/** Why there are no data: a sentence, and what the program said last. */
export type ClusterFailure = { reason: string; log: string[] };

/** Makes a data directory, or nothing: initdb works in a sibling that is renamed at the end. */
export async function initialiseCluster(
  context: ServerContext,
  programs: PostgresPrograms,
  cluster: Cluster & { durable: boolean },
): Promise<Result<Made, ClusterFailure>> {
  const staged = await mkdtemp(join(dirname(cluster.data), ".initialising-"));
  const secret = `${staged}.password`;
  const owner = context.user;
  try {
    await writeFile(secret, `${cluster.password}\n`, { mode: 0o600, flag: "wx" });
    if (owner !== null) await Promise.all([staged, secret].map((path) => chown(path, owner, owner)));
    const argv: [string, ...string[]] = [
      join(programs.bin, "initdb"),
      ...["-D", staged, "-U", cluster.user, "-A", "scram-sha-256", `--pwfile=${secret}`],
      ...["-E", "UTF8", "--locale=C", ...(cluster.durable ? [] : ["--no-sync"])],
    ];
    const done = await runAsUser(context, argv, cluster.signal);
    if (!done.ok) return done;
    await rename(staged, cluster.data);
    return ok({ password: cluster.password, template: null });
  } finally {
    await rm(secret, { force: true });
    await removeTree(staged);
  }
}

/** Runs a program to its end as the user that servers run as. */
export async function runAsUser(
  context: ServerContext,
  argv: [string, ...string[]],
  signal: AbortSignal | undefined,
): Promise<Result<void, ClusterFailure>> {
  const name = basename(argv[0]);
  const tail = createTail(40);
  const ended = await context.processes.run(
    {
      argv,
      directory: "/",
      environment: postgresEnvironment,
      ...(context.user === null ? {} : { user: context.user }),
      output: (_stream, line) => tail.add(line),
    },
    { timeoutMs: programMs, graceMs: 1000, ...(signal ? { signal } : {}) },
  );
  if (!ended.ok) return fail({ reason: ended.failure, log: [] });
  if (ended.value.timedOut) return fail({ reason: `${name} did not end in time`, log: tail.lines() });
  if (ended.value.exitCode !== 0) return fail({ reason: `${name} failed`, log: tail.lines() });
  return ok(undefined);
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
