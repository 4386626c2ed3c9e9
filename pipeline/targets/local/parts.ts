import type { Platform } from "../../config/config.ts";
import type { Drained, RouterCounters } from "../../deploy/target.ts";
import type { Clock } from "../../io/clock.ts";
import type { Http } from "../../io/http.ts";
import type { Processes } from "../../io/process.ts";
import type { ServerSpec, Servers } from "../../io/server.ts";
import type { Result } from "../../result.ts";

/** What splits the traffic between the releases of one environment; served by routers/proxy. */
export interface Proxy {
  /** Listens on this port of loopback, or on a free one; moves over when called again. Fails with a system's code. */
  listen(port: number | null): Promise<Result<number, string>>;
  /** Names the port on which a release listens. */
  route(release: string, port: number): void;
  /** Sets all weights in one step, % by release. */
  shift(weights: Record<string, number>): void;
  weights(): Record<string, number>;
  statistics(): Record<string, RouterCounters>;
  /** Waits until a release has nothing open, at most `timeoutMs`. */
  drain(release: string, timeoutMs: number): Promise<Drained>;
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

/** What the daemon is made of; the door composes it. */
export type DaemonParts = {
  proxy: Proxy;
  servers: Servers;
  processes: Processes;
  http: Http;
  clock: Clock;
  unpack: Unpack;
  freePort(): Promise<number>;
};

/** What an environment must know before a release can be placed; it is kept in the environment's state. */
export type LocalConfiguration = {
  /** Port of the proxy, or null for one that is chosen once and kept. */
  port: number | null;
  accessories: ServerSpec[];
  /** Directory of the OCI layout of each image, by image name. */
  layouts: Record<string, string>;
};
