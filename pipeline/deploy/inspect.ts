import type { Result } from "../result.ts";
import type { JournalEntry } from "./journal.ts";
import type { Release } from "./release.ts";
import type { Deployment, Observation, RouterCounters } from "./target.ts";

/** One line of a component's log; `at` is ms since the epoch. `host`: where several run it. */
export type LogLine = { version: string; component: string; at: number; line: string; host?: string };

/** What a component's processes used and use: processor time since their start (ms), memory in use (bytes). */
export type Usage = { cpuMs: number; memoryBytes: number };

/** A server that belongs to an environment; `answerMs` is how long it took to answer, null where it did not. */
export type AccessoryStatus = {
  name: string;
  state: "running" | "starting" | "stopped";
  answerMs: number | null;
};

/** One of several hosts of an environment as it was seen. */
export type HostStatus = {
  host: string;
  /** Null where it was reached. */
  unreachable: string | null;
  /** Version of the release that is live there. */
  live: string | null;
  /** Share of its own traffic (%) by version. */
  weights: Record<string, number>;
  components: {
    name: string;
    version: string;
    state: string;
    pid: number | null;
    port: number | null;
    usage: Usage | null;
  }[];
};

/** Shares (0 to 1) of a host's processor, memory and disk in use. */
export type HostLoad = { cpu: number; memory: number; disk: number };

/** An environment as its target sees it. */
export type EnvironmentStatus = {
  environment: string;
  observation: Observation;
  counters: Record<string, RouterCounters>;
  accessories: AccessoryStatus[];
  lease: { actor: string; version: string; rollout: string; since: string; token: number } | null;
  /** Id of the release that stays ready beside the live one where it runs, and until when, ms since the epoch. */
  warm: string | null;
  warmUntil: number | null;
  /** By release id, then component. */
  usage: Record<string, Record<string, Usage>>;
  /** What a person should know, e.g. that a damaged state file was replaced by its copy. */
  notes: string[];
  /** Of the hosts that it runs on, where those are others than this machine. */
  loads?: HostLoad[];
  /** Where it runs on more than one. */
  hosts?: HostStatus[];
};

/** What a person asks about an environment, and of its live release. `component` null means all. */
export interface Inspect {
  status(): Promise<Result<EnvironmentStatus>>;
  /** The last lines, oldest first; with `follow` each new one until the connection is closed. */
  logs(component: string | null, lines: number, follow?: (line: LogLine) => void): Promise<Result<LogLine[]>>;
  start(component: string | null, actor: string): Promise<Result<void>>;
  stop(component: string | null, actor: string): Promise<Result<void>>;
  restart(component: string | null, actor: string): Promise<Result<void>>;
}

/** A connection to an environment: what the engine needs, and what a person asks. */
export type OpenEnvironment = Deployment & { inspect: Inspect };

/** An environment as it is remembered: the releases that are kept, and all that happened. */
export type EnvironmentRecord = {
  /** Id of the live release; null where nothing was ever deployed. */
  live: string | null;
  url: string;
  releases: Release[];
  journal: JournalEntry[];
  notes: string[];
};
