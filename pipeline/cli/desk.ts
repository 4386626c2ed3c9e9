import { createServers, type HostServers } from "../executors/host/services/servers.ts";
import { type Clock, systemClock } from "../io/clock.ts";
import type { Http } from "../io/http.ts";
import { createHttp } from "../io/http-client.ts";
import type { Processes } from "../io/process.ts";
import { createProcesses } from "../io/processes.ts";
import type { Connections } from "../targets/ssh/connection.ts";
import { type Interruption, watchInterruption } from "./interrupt.ts";

/** The real world, as a command uses it: made at the door, handed down, ended by `close`. */
export type Desk = {
  clock: Clock;
  http: Http;
  processes: Processes;
  servers: HostServers;
  /** The caller's variables. */
  variables: Record<string, string | undefined>;
  interruption: Interruption;
  /** Connections to hosts, opened when they are needed, and shared until the desk is closed. */
  connections: Connections;
  close(): Promise<void>;
};

export function openDesk(): Desk {
  const processes = createProcesses();
  const interruption = watchInterruption();
  const variables = process.env;
  const connections: Connections = new Map();
  return {
    connections,
    clock: systemClock,
    http: createHttp(),
    processes,
    servers: createServers({ processes, clock: systemClock, path: variables.PATH ?? "" }),
    variables,
    interruption,
    close: async () => {
      await Promise.all([...connections.values()].map((one) => one.close()));
      await processes.close();
      interruption.close();
    },
  };
}
