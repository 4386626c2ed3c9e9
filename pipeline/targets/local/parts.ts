import type { Platform, RouterKind } from "../../config/config.ts";
import type { Drained, RouterCounters } from "../../deploy/target.ts";
import type { Clock } from "../../io/clock.ts";
import type { Http } from "../../io/http.ts";
import type { Processes } from "../../io/process.ts";
import type { ServerSpec, Servers } from "../../io/server.ts";
import type { Result } from "../../result.ts";

/**
 * What splits the traffic between the releases of one environment; served by routers/proxy and routers/haproxy.
 * A failure is one sentence.
 */
export interface LocalRouter {
  /** Listens on this port of loopback, or on a free one; moves over when called again. Fails with a system's code. */
  listen(port: number | null): Promise<Result<number, string>>;
  /** Names the port on which a release listens. */
  route(release: string, port: number): void;
  /** Sends a release's traffic to another port of it; waits until the old one has nothing open, at most `drainMs`. */
  move(release: string, port: number, drainMs: number): Promise<Drained>;
  /** Sets all weights in one step, % by release; in force when it settles. */
  shift(weights: Record<string, number>): Promise<Result<void, string>>;
  /** The weights in force, % by release; empty where nothing is served. */
  weights(): Promise<Record<string, number>>;
  statistics(): Promise<Result<Record<string, RouterCounters>, string>>;
  /** Waits until a release has nothing open, at most `timeoutMs`. */
  drain(release: string, timeoutMs: number): Promise<Drained>;
  /** Cuts what a release has open and forgets its counters. */
  forget(release: string): void;
  /** Takes nothing new, lets what is open end for at most `graceMs`, then cuts it. */
  close(graceMs: number): Promise<void>;
}

/** Where an image's files went: `workdir` is absolute, below `into`. */
export type UnpackedImage = { workdir: string; environment: Record<string, string> };

/** Unpacks the layers of a digest for one platform; `into` appears by rename when all of it is there. */
export type Unpack = (request: {
  layout: string;
  digest: string;
  platform: Platform;
  into: string;
}) => Promise<Result<UnpackedImage>>;

/** Makes a router; a failure: what it needs is not on this machine. */
export type MakeRouter = (place: {
  environment: string;
  /** A directory of its own; it is there. */
  directory: string;
  /** Path for a socket of that name, short enough for every system. */
  socket(name: string): string;
  /** Takes what a person should know, e.g. that it had to be started again. */
  note(text: string): void;
}) => Promise<Result<LocalRouter>>;

/** The routers that an environment can ask for. */
export type Routers = Record<RouterKind, MakeRouter>;

/** What the daemon is made of; the door composes it. */
export type DaemonParts = {
  routers: Routers;
  servers: Servers;
  processes: Processes;
  http: Http;
  clock: Clock;
  unpack: Unpack;
  freePort(): Promise<number>;
};

/** What an environment must know before a release can be placed; it is kept in the environment's state. */
export type LocalConfiguration = {
  /** Port of the router, or null for one that is chosen once and kept. */
  port: number | null;
  router: RouterKind;
  accessories: ServerSpec[];
  /** Directory of the OCI layout of each image, by image name. */
  layouts: Record<string, string>;
};
