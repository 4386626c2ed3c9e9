import { join } from "node:path";
import { findEmbedded } from "../../../../pipeline/executors/host/services/embedded.ts";
import type { ServerPlaces } from "../../../../pipeline/executors/host/services/server-context.ts";
import { createServers } from "../../../../pipeline/executors/host/services/servers.ts";
import { systemClock } from "../../../../pipeline/io/clock.ts";
import type { Processes } from "../../../../pipeline/io/process.ts";
import type { ServerFacts, ServerSpec } from "../../../../pipeline/io/server.ts";

export const postgresSpec: ServerSpec = {
  name: "postgres",
  kind: "postgres",
  version: ">=15",
  database: "quotes",
  user: "quotes",
  init: [],
  extensions: [],
};

/** Only the npm package's PostgreSQL, whatever the machine has beside it. */
const packageOnly: ServerPlaces = { postgres: [], embedded: findEmbedded() };

/** Servers whose library is below `root`. */
export const serversIn = (root: string, processes: Processes, places: ServerPlaces = packageOnly) =>
  createServers({ processes, clock: systemClock, path: "/nowhere", places, library: join(root, "library") });

/** Rows of one query. */
export async function query(facts: ServerFacts, text: string): Promise<unknown[]> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: facts.url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
