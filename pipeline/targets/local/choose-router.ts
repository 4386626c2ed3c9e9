import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RouterKind } from "../../config/config.ts";
import { fail, ok, type Result } from "../../result.ts";
import { type Core, route } from "./core.ts";
import { type Places, socketPath } from "./directory.ts";
import type { MakeRouter } from "./parts.ts";

/** Characters that a program may add to a socket's path while it makes the socket. */
const temporaryEnding = 16;

/** Where a router of an environment keeps what it must, and where its notes go. */
export async function routerPlace(
  environment: string,
  places: Places,
  kind: RouterKind,
  notes: string[],
): Promise<Parameters<MakeRouter>[0]> {
  const directory = join(places.root, "router", kind);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const user = String(process.getuid?.() ?? 0);
  return {
    environment,
    directory,
    socket: (name) => socketPath(directory, name, tmpdir(), user, temporaryEnding),
    note: (text) => void notes.push(text),
  };
}

/**
 * Makes `kind` what splits the traffic. Two routers cannot listen on one port: while something is served the change
 * would lose requests, so it is refused (`router-in-use`) until the environment was stopped.
 */
export async function chooseRouter(core: Core, kind: RouterKind): Promise<Result<void>> {
  if (core.router === kind) return ok(undefined);
  const served = Object.values(await core.proxy.weights()).some((weight) => weight > 0);
  if (served) {
    return fail({ kind: "router-in-use", environment: core.name, router: core.router, wanted: kind });
  }
  const made = await core.parts.routers[kind](await routerPlace(core.name, core.places, kind, core.notes));
  if (!made.ok) return made;
  await core.proxy.close(0);
  core.proxy = made.value;
  core.router = kind;
  core.port = null;
  for (const run of core.runs.values()) {
    const front = run.front?.name ?? "";
    route(core, run.release, front, run.component(front)?.port ?? null);
  }
  return ok(undefined);
}
