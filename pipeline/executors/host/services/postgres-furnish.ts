import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { findProgram } from "../../../io/program.ts";
import type { ServerFacts, ServerSpec } from "../../../io/server.ts";
import { fail, ok, type Result } from "../../../result.ts";
import { postgresEnvironment } from "./postgres-cluster.ts";
import { connected, type QueryFailure } from "./postgres-query.ts";
import type { PostgresPrograms, ServerContext } from "./server-context.ts";
import { createTail } from "./tail.ts";

/** What stands as the database's comment while it is furnished statement by statement, and once it is. */
const marks = { begun: "bellwether began to furnish it", done: "furnished by bellwether" };

/** Time limit of psql in ms: an init file can hold data. */
const psqlMs = 10 * 60_000;

export type Furnishing = {
  context: ServerContext;
  programs: PostgresPrograms;
  /** The data directory, for a failure to name. */
  data: string;
  facts: ServerFacts;
  signal: AbortSignal | undefined;
};

/**
 * Makes the database where there is none, and its extensions and the init files' content in it, once: all statements
 * and the mark that they ran are sent as one query, which PostgreSQL makes one transaction. What cannot be done so
 * (`create database`, what only psql understands) is done by psql, statement by statement as in the official image;
 * where that was cut off, the next start says so.
 */
export async function furnish(furnishing: Furnishing, spec: ServerSpec): Promise<Result<void, string>> {
  const { facts } = furnishing;
  const extensions = spec.extensions.map((name) => `create extension if not exists ${quoted(name)} cascade`);
  const texts: string[] = [];
  for (const file of spec.init) {
    const text = await readFile(file, "utf8").catch(() => null);
    if (text === null) return fail(`the init file ${file} cannot be read`);
    texts.push(text);
  }
  const database = quoted(spec.database);
  const made = await connected(facts, "postgres", async (query) => {
    const found = await query(
      "select shobj_description(oid, 'pg_database') as mark from pg_database where datname = $1",
      [spec.database],
    );
    if (found.length === 0) await query(`create database ${database} owner ${quoted(facts.user)}`);
    return found.length === 0 ? null : markIn(found[0]);
  });
  if (!made.ok) return fail(made.failure.reason);
  if (made.value === marks.done) return ok(undefined);
  if (made.value === marks.begun)
    return fail(
      `${spec.init.join(", ")}: an earlier start ended in the midst of it; remove ${furnishing.data} to begin anew`,
    );
  const note = (mark: string) => `comment on database ${database} is '${mark}'`;
  const whole = await connected(facts, spec.database, (query) =>
    query(`${[...extensions, ...texts].join("\n;")}\n;${note(marks.done)}`),
  );
  if (whole.ok) return ok(undefined);
  const what = [...spec.extensions, ...spec.init].join(", ");
  if (!isForPsql(whole.failure, texts)) return fail(about(what, whole.failure.reason));
  const psql = psqlOf(furnishing);
  if (psql === null)
    return fail(
      about(what, `${whole.failure.reason}; psql would run it statement by statement, and is not here`),
    );
  const begun = await connected(facts, spec.database, (query) => query(note(marks.begun)));
  if (!begun.ok) return fail(begun.failure.reason);
  const ran = await byPsql(
    furnishing,
    psql,
    spec,
    [...extensions.map((text) => ["-c", text]), ...spec.init.map((file) => ["-f", file])].flat(),
  );
  if (!ran.ok) return fail(about(what, ran.failure));
  const done = await connected(facts, spec.database, (query) => query(note(marks.done)));
  return done.ok ? ok(undefined) : fail(done.failure.reason);
}

const about = (what: string, reason: string): string => (what === "" ? reason : `${what}: ${reason}`);

/** Statements that stand in no transaction, and what is no SQL: lines of data after COPY, psql's commands and variables. */
const isForPsql = ({ code }: QueryFailure, texts: string[]): boolean =>
  code === "25001" ||
  code === "57014" ||
  (code === "42601" && texts.some((text) => /^\s*\\|\bfrom\s+stdin\b|(^|[\s(=,]):['"]?[a-z_]/im.test(text)));

const psqlOf = ({ context, programs }: Furnishing): string | null =>
  findProgram(join(programs.bin, "psql"), "") ?? findProgram("psql", context.path);

async function byPsql(
  { context, facts, signal }: Furnishing,
  psql: string,
  { database }: ServerSpec,
  words: string[],
): Promise<Result<void, string>> {
  const tail = createTail(5);
  const ended = await context.processes.run(
    {
      argv: [psql, "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", ...words],
      directory: "/",
      environment: {
        ...postgresEnvironment,
        PGHOST: facts.host,
        PGPORT: facts.port,
        PGUSER: facts.user,
        PGPASSWORD: facts.password,
        PGDATABASE: database,
      },
      output: (stream, line) => {
        if (stream === "err") tail.add(line);
      },
    },
    { timeoutMs: psqlMs, graceMs: 1000, ...(signal ? { signal } : {}) },
  );
  if (!ended.ok) return fail(ended.failure);
  if (ended.value.timedOut) return fail(`psql did not end within ${psqlMs / 60_000} min`);
  return ended.value.exitCode === 0 ? ok(undefined) : fail(tail.lines().join("; ") || "psql failed");
}

const markIn = (row: unknown): string | null =>
  typeof row === "object" && row !== null && "mark" in row && typeof row.mark === "string" ? row.mark : null;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
