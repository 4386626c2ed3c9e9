import type { Result } from "../result.ts";

/** What server is wanted; `version` is a semver range, `init` holds paths of SQL files run once, in order. */
export type ServerSpec = {
  name: string;
  kind: "postgres" | "redis";
  version: string;
  database: string;
  user: string;
  init: string[];
  /** PostgreSQL extensions made before `init`. */
  extensions: string[];
};

/** How a program reaches a server. The URL holds the password: it is a secret. */
export type ServerFacts = {
  url: string;
  host: string;
  port: string;
  user: string;
  password: string;
  database: string;
};

export interface RunningServer {
  readonly facts: ServerFacts;
  /** Settles with the last log lines when the server ends by itself. */
  readonly died: Promise<string[]>;
  /** Asks it one small thing, a query or a PING; whether it answered. */
  ask(): Promise<boolean>;
  stop(): Promise<void>;
}

export type ServerOptions = {
  /** Directory for the data. A persistent one is initialised once, found again, and kept by `stop`. */
  directory: string;
  persistent: boolean;
  /** Gives up a start under way. */
  signal?: AbortSignal;
};

/** Real PostgreSQL and Redis servers on free ports of loopback; ready when `start` settles (a query answered). */
export interface Servers {
  start(spec: ServerSpec, options: ServerOptions): Promise<Result<RunningServer>>;
}
