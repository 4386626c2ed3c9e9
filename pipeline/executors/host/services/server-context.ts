import type { Clock } from "../../../io/clock.ts";
import type { Processes } from "../../../io/process.ts";

/** What every kind of server is started with. */
export type ServerContext = {
  processes: Processes;
  clock: Clock;
  /** PATH on which server programs are looked for first. */
  path: string;
  /** As root, the user that servers run as, since PostgreSQL refuses root; null: as ourselves. */
  user: number | null;
  /** Where data and programs go that `user` could not reach elsewhere. */
  library: string;
  /** Where programs are looked for beside PATH; the usual places by default. */
  places?: ServerPlaces;
  /** PostgreSQL programs of the host and of the npm package, once they were looked for. */
  postgres: Map<"host" | "package", Promise<PostgresPrograms[]>>;
};

/** The directory of `postgres` and `initdb`, and their version (semver). */
export type PostgresPrograms = { bin: string; version: string };

/** Directories with server programs beside those on PATH; `embedded` is the npm package's, or null. */
export type ServerPlaces = { postgres: string[]; embedded: string | null };
