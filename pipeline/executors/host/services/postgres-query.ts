import type { ServerFacts } from "../../../io/server.ts";
import { fail, ok, type Result } from "../../../result.ts";

/** Longest wait for one connection in ms. */
const connectMs = 5000;

/** The client's code, which only those load who have a PostgreSQL. */
export const loadClient = () => import("pg");

/** The server's sentence, and its SQLSTATE; that of who could not be reached is empty. */
export type QueryFailure = { reason: string; code: string };

/** Runs `work` with a connection. */
export async function connected<T>(
  facts: ServerFacts,
  database: string,
  work: (query: (text: string, values?: string[]) => Promise<unknown[]>) => Promise<T>,
): Promise<Result<T, QueryFailure>> {
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
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    return fail({ reason: error instanceof Error ? error.message || String(error) : String(error), code });
  } finally {
    await client.end().catch(() => {});
  }
}

/** One `select 1`: the only sign of readiness that holds. */
export const answers = (facts: ServerFacts): Promise<Result<unknown, QueryFailure>> =>
  connected(facts, "postgres", (query) => query("select 1"));
