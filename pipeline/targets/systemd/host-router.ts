import type { RouterCounters } from "../../deploy/target.ts";
import type { Result } from "../../result.ts";

/** What a host's router has counted, as its part tells it. */
export type RouterReading = {
  /** The router's own figures. */
  figures: string[];
  /** By line: a slot, the release in it, and the figures that it began with. */
  bases: string[];
  /** Lines of the router's log since the last reading. */
  log: string[];
  /** Lines between the last reading and these may be missing. */
  gap: boolean;
};

/** Reads one host's router again and again. */
export interface CountersReader {
  /** Number of the last line of the log that was read; none: not one. */
  readonly last: string;
  /** Counters by the name of a release's directory. A failure is one sentence. */
  read(reading: RouterReading): Result<Record<string, RouterCounters>, string>;
}

/** The technology that splits the traffic on a host; the door hands it in. */
export type HostRouter = {
  /** As the host's part knows it, and as people do. */
  name: string;
  title: string;
  /** Programs that `provision` installs by packages of these names, and those that have to be there. */
  installs: readonly string[];
  needs: readonly string[];
  /** Name of its configuration's file. */
  file: string;
  /** Its configuration; `runtime` is the path of its socket, `directory` where its files lie. */
  configuration(place: { port: number; runtime: string; directory: string }): string;
  /** Lines of its unit's [Service] that say how it runs with that file. */
  service(file: string): string[];
  /** Why a version of it cannot be used, or null; `promised`: a strategy that loses no request. */
  unfit(version: string, promised: boolean): string | null;
  /** Its weights for these shares (%). */
  weights(shares: Record<string, number>): Record<string, number>;
  /** Shares (%) of weights that it has. */
  shares(weights: Record<string, number>): Record<string, number>;
  counters(): CountersReader;
};
