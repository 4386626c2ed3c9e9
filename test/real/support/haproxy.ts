import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../pipeline/io/clock.ts";
import { removeTree } from "../../../pipeline/io/files.ts";
import { createProcesses } from "../../../pipeline/io/processes.ts";
import { ok } from "../../../pipeline/result.ts";
import { findHaproxy } from "../../../pipeline/routers/haproxy/find.ts";
import { Haproxy } from "../../../pipeline/routers/haproxy/haproxy.ts";
import { createProxy } from "../../../pipeline/routers/proxy/proxy.ts";
import type { DaemonParts } from "../../../pipeline/targets/local/parts.ts";
import { installed } from "./packages.ts";

/** Path of the HAProxy of this machine; installed where it is missing and we may. */
export async function haproxyProgram(): Promise<string> {
  await installed("haproxy", ["/usr/sbin/haproxy"]);
  const processes = createProcesses();
  const found = await findHaproxy(processes, { path: process.env.PATH ?? "", wantedBy: "these tests" });
  await processes.close();
  if (!found.ok) throw new Error(JSON.stringify(found.failure));
  return found.value.program;
}

/** An HAProxy as the daemon would have it, in a directory of its own. */
export async function makeHaproxy(program: string) {
  const directory = await mkdtemp(join(tmpdir(), "bellwether-haproxy-"));
  const processes = createProcesses();
  const notes: string[] = [];
  const router = new Haproxy({
    processes,
    clock: systemClock,
    program,
    directory,
    socket: (name) => join(directory, `${name}.sock`),
    note: (text) => notes.push(text),
  });
  return {
    router,
    notes,
    directory,
    processes,
    close: async () => {
      await router.close(0);
      await processes.close();
      await removeTree(directory);
    },
  };
}

/** What a daemon's parts are with this HAProxy. */
export function haproxyRouters(program: string): Pick<DaemonParts, "routers" | "processes"> {
  const processes = createProcesses();
  return {
    processes,
    routers: {
      "built-in": async () => ok(createProxy()),
      haproxy: async (place) => ok(new Haproxy({ ...place, program, processes, clock: systemClock })),
    },
  };
}
