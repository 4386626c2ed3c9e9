import { readFile } from "node:fs/promises";
import type { ServerFacts, ServerSpec } from "../../../io/server.ts";
import { fail, ok, type Result } from "../../../result.ts";

/** Longest wait for one connection in ms. */
const connectMs = 5000;

/** The client's code, which only those load who have a PostgreSQL. */
export const loadClient = () => import("pg");

/** Runs `work` with a connection; a failure is the server's sentence. */
async function connected<T>(
  facts: ServerFacts,
  database: string,
  work: (query: (text: string, values?: string[]) => Promise<unknown[]>) => Promise<T>,
): Promise<Result<T, string>> {
  const { default: pg } = await loadClient();
  const client = new pg.Client({
    host: facts.host,
    port: Number(facts.port),
    user: facts.user,
    password: facts.password,
    database,
    connectionTimeoutMillis: connectMs,
  });
  // A server that goes away in between is told by the query, or is of no interest any more.
  client.on("error", () => {});
  try {
    await client.connect();
    return ok(await work(async (text, values) => (await client.query(text, values)).rows));
  } catch (error) {
    return fail(error instanceof Error ? error.message || String(error) : String(error));
  } finally {
    await client.end().catch(() => {});
  }
}

/** One `select 1`: the only sign of readiness that holds. */
export const answers = (facts: ServerFacts): Promise<Result<unknown, string>> =>
  connected(facts, "postgres", (query) => query("select 1"));

/** What stands as the database's comment once it is furnished. */
const mark = "furnished by bellwether";

/**
 * Makes the database where there is none, and its extensions and the init files' content in it, once: all statements
 * and the mark that they ran are sent as one query, which PostgreSQL makes one transaction.
 */
export async function furnish(facts: ServerFacts, spec: ServerSpec): Promise<Result<void, string>> {
  const texts = spec.extensions.map((name) => `create extension if not exists ${quoted(name)} cascade`);
  for (const file of spec.init) {
    const text = await readFile(file, "utf8").catch(() => null);
    if (text === null) return fail(`the init file ${file} cannot be read`);
    texts.push(text);
  }
  const database = quoted(spec.database);
  const done = await connected(facts, "postgres", async (query) => {
    const found = await query(
      "select shobj_description(oid, 'pg_database') = $2 as done from pg_database where datname = $1",
      [spec.database, mark],
    );
    if (found.length === 0) await query(`create database ${database} owner ${quoted(facts.user)}`);
    return found.length > 0 && isDone(found[0]);
  });
  if (!done.ok) return done;
  if (done.value) return ok(undefined);
  const ran = await connected(facts, spec.database, (query) =>
    query(`${texts.join("\n;")}\n;comment on database ${database} is '${mark}'`),
  );
  const what = [...spec.extensions, ...spec.init].join(", ");
  return ran.ok ? ok(undefined) : fail(what === "" ? ran.failure : `${what}: ${ran.failure}`);
}

const isDone = (row: unknown): boolean =>
  typeof row === "object" && row !== null && "done" in row && row.done === true;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
