import { findEmbedded } from "../../../../pipeline/executors/host/services/embedded.ts";
import { createServers } from "../../../../pipeline/executors/host/services/servers.ts";
import { systemClock } from "../../../../pipeline/io/clock.ts";
import { createProcesses } from "../../../../pipeline/io/processes.ts";

/** Starts a PostgreSQL and stays; the test kills it. Arguments: directory, library, and `persistent` where it is that. */
const [directory = "", library = "", kept = ""] = process.argv.slice(2);
const servers = createServers({
  ...{ processes: createProcesses(), clock: systemClock, path: "/nowhere", library },
  places: { postgres: [], embedded: findEmbedded() },
});
const spec = { name: "db", version: ">=15", database: "quotes", user: "quotes", init: [], extensions: [] };
const server = await servers.start(
  { ...spec, kind: "postgres" },
  { directory, persistent: kept === "persistent" },
);
if (!server.ok) throw new Error(JSON.stringify(server.failure));
process.stdout.write("ready\n");
setInterval(() => {}, 1000);
