import { createServers } from "../../../pipeline/executors/host/services/servers.ts";
import { systemClock } from "../../../pipeline/io/clock.ts";
import { createProcesses } from "../../../pipeline/io/processes.ts";
import { spec } from "./postgres-spec.ts";

/** Starts a persistent PostgreSQL with an init file; the test kills it. Arguments: directory, init file. */
const [directory = "", init = ""] = process.argv.slice(2);
const servers = createServers({ processes: createProcesses(), clock: systemClock, path: "/usr/bin:/bin" });
await servers.start(spec(init), { directory, persistent: true });
