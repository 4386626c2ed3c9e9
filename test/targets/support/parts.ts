import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../../pipeline/io/clock.ts";
import { createHttp } from "../../../pipeline/io/http-client.ts";
import { freePort } from "../../../pipeline/io/ports.ts";
import { createProcesses } from "../../../pipeline/io/processes.ts";
import type { Servers } from "../../../pipeline/io/server.ts";
import { fail, ok } from "../../../pipeline/result.ts";
import { createProxy } from "../../../pipeline/routers/proxy/proxy.ts";
import type { DaemonParts, Routers, Unpack } from "../../../pipeline/targets/local/parts.ts";

const service = fileURLToPath(new URL("service.mjs", import.meta.url));

/** Every image is the service of these tests. */
const unpack: Unpack = async ({ into }) => {
  const workdir = join(into, "app");
  await mkdir(workdir, { recursive: true });
  await cp(service, join(workdir, "service.mjs"));
  return ok({ workdir, environment: { FROM_IMAGE: "yes", PATH: "/of/the/image" } });
};

/** A server that is nothing but its facts. */
export const fakeServers: Servers = {
  start: async (spec) =>
    ok({
      facts: {
        url: `postgres://${spec.user}:hunter2-secret@127.0.0.1:5432/${spec.database}`,
        host: "127.0.0.1",
        port: "5432",
        user: spec.user,
        password: "hunter2-secret",
        database: spec.database,
      },
      died: new Promise(() => {}),
      ask: async () => true,
      stop: async () => {},
    }),
};

const routers: Routers = {
  "built-in": async () => ok(createProxy()),
  haproxy: async () => fail({ kind: "tool-missing", tool: "haproxy", range: ">=2.4", wantedBy: "this test" }),
};

/** Real processes, a real proxy, real time; only images and accessories are made up. */
export const realParts = (): DaemonParts => ({
  routers,
  servers: fakeServers,
  processes: createProcesses(),
  http: createHttp(),
  clock: systemClock,
  unpack,
  freePort: () => freePort(),
});
