import { createServers } from "../executors/host/services/servers.ts";
import { exitCode } from "../failure.ts";
import { unpackImage } from "../image/unpack.ts";
import { systemClock } from "../io/clock.ts";
import { createHttp } from "../io/http-client.ts";
import { freePort } from "../io/ports.ts";
import { createProcesses } from "../io/processes.ts";
import { ok } from "../result.ts";
import { findHaproxy } from "../routers/haproxy/find.ts";
import { Haproxy } from "../routers/haproxy/haproxy.ts";
import { createProxy } from "../routers/proxy/proxy.ts";
import { startDaemon } from "../targets/local/daemon.ts";
import { refusalLine, untilEnded } from "../targets/local/serve.ts";
import type { Settings } from "./settings.ts";
import { toolVersion } from "./tool-version.ts";

/** The daemon of one local environment, in the foreground until it is told to end; started by other commands. */
export async function runDaemon(settings: Settings, environment: string, tied: boolean): Promise<number> {
  const processes = createProcesses();
  const daemon = await startDaemon({
    state: settings.state,
    environment,
    tool: toolVersion,
    variables: process.env,
    routers: {
      "built-in": async () => ok(createProxy()),
      haproxy: async ({ environment: wantedBy, ...place }) => {
        const found = await findHaproxy(processes, { path: process.env.PATH ?? "", wantedBy });
        if (!found.ok) return found;
        const { program } = found.value;
        return ok(new Haproxy({ ...place, program, processes, clock: systemClock }));
      },
    },
    processes,
    servers: createServers({ processes, clock: systemClock, path: process.env.PATH ?? "" }),
    http: createHttp(),
    clock: systemClock,
    unpack: unpackImage,
    freePort,
  });
  if (!daemon.ok) {
    process.stderr.write(refusalLine(daemon.failure));
    return exitCode(daemon.failure);
  }
  await untilEnded(daemon.value, { process, tiedTo: tied ? process.stdin : null });
  return 0;
}
