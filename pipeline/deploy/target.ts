import type { Command, ResourceLimits } from "../config/config.ts";
import type { ProcessEnd } from "../failure.ts";
import type { HttpAnswer } from "../io/http.ts";
import type { Result } from "../result.ts";
import type { Secret } from "../secret.ts";
import type { Drift } from "./drift.ts";
import type { JournalEntry, JournalFact } from "./journal.ts";
import type { Release } from "./release.ts";
import type { Overrun } from "./resources.ts";

/** What runs releases. All of it is idempotent: doing it again when it is done is not an error. */
export interface Target {
  /** Whether it would hold the release to its limits: asked before anything is begun; `limit-not-held` where not. */
  supports(release: Release): Promise<Result<void>>;
  /** Unpacks the promoted digests and writes the release's environment (secrets mode 600). Starts nothing. */
  place(release: Release, secrets: Record<string, Secret>): Promise<Result<void>>;
  /** Runs a command once with the release's code and environment, e.g. a migration. */
  execute(release: string, component: string, command: Command, timeoutMs: number): Promise<Result<Executed>>;
  /** Starts one component of a placed release; does not wait for readiness. */
  start(release: string, component: string): Promise<Result<void>>;
  /** SIGTERM, then SIGKILL after `graceMs`; all components of the release. */
  stop(release: string, graceMs: number): Promise<Result<void>>;
  /** One request to a component of a release, past the router. */
  probe(release: string, component: string, request: ProbeRequest): Promise<HttpAnswer>;
  /** The question's number comes back in the answer: without it the answer may be an old one. */
  observe(question?: number): Promise<Result<Observation>>;
  /** What is there that no engine put there; empty where everything is as it was left. */
  drift(): Promise<Result<Drift[]>>;
}

export type ProbeRequest = {
  method: "GET" | "POST";
  path: string;
  headers?: Record<string, string>;
  body?: string;
  timeoutMs: number;
};

export type Executed = { end: ProcessEnd; timedOut: boolean; log: string[] };

/** What is really there, seen by the target itself. */
export type Observation = {
  /** The question that it answers; the engine believes no other. */
  question?: number;
  /** By release id. */
  releases: Record<string, ObservedRelease>;
  /** Weights in force by release id, %; empty where nothing is served. */
  weights: Record<string, number>;
  /** The release that completed last and is to be served. */
  live: string | null;
  url: string;
  /** Which of several hosts have something else live, or run something else, than the others: then `live` is null. */
  disagree?: string;
};

export type ObservedRelease = {
  version: string;
  placed: boolean;
  components: Record<string, ObservedComponent>;
  /** Versions of the secrets placed with it, by name: equal values have equal versions. */
  secrets?: Record<string, string>;
};

export type ObservedComponent = {
  state: "stopped" | "running" | "exited";
  pid: number | null;
  port: number | null;
  startedAt: number | null;
  end: ProcessEnd | null;
  /** Last log lines, redacted. */
  log: string[];
  /** How often the target started it again after it ended by itself. */
  restarts?: number;
  /** Nothing of it differs between two releases that are here: one process is in both of them. */
  shared?: boolean;
  /** How exposed its systemd unit is, as `systemd-analyze security` finds: 0 (least) to 10. */
  exposure?: number;
  /** What it was started with. */
  limits?: ResourceLimits;
  /** The last time that the target ended it for its memory. */
  overrun?: Overrun;
};

/** What splits the traffic between releases. */
export interface Router {
  /** Sets all weights in one step: %, by release id, sum 100 (or empty: nothing is served). */
  shift(weights: Record<string, number>): Promise<Result<void>>;
  /** Cumulative counters by release id. */
  statistics(): Promise<Result<Record<string, RouterCounters>>>;
  /** Waits until a release of weight 0 has no open request or socket, at most `timeoutMs`. */
  drain(release: string, timeoutMs: number): Promise<Result<Drained>>;
}

/** Counters since the release was first routed to; they only rise. */
export type RouterCounters = {
  requests: number;
  /** 5xx answers, refused and broken connections, time-outs. */
  failed: number;
  /** Counts by upper bound in ms: `latencyBounds[i]`, the last one unbounded. */
  latency: number[];
};

/** Upper bounds (ms) of the latency buckets; a p95 is read off them by interpolation. */
export const latencyBounds: readonly number[] = [
  0.5, 1, 1.5, 2, 3, 4, 5, 7.5, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 250, 300, 350, 400, 450, 500, 600,
  750, 1000, 1500, 2000, 3000, 5000, 10000, 30000,
];

/** Connections that were still open at the time limit (B20). */
export type Drained = { leftOpen: number };

/** Where the journal, the lease and the kept releases live: in the target. */
export interface Store {
  /** Refused with lease-held while somebody else holds it. */
  acquire(request: LeaseRequest): Promise<Result<Lease>>;
  /** A sign of life: the lease's time begins anew. `lease-lost` once it was too late. */
  renew(): Promise<Result<void>>;
  /** Gives the lease back; without it the target takes the end of the connection as the engine's death. */
  release(): Promise<void>;
  /** Passes a person's word on to the engine that holds the lease; needs none itself. False: nobody holds it. */
  promote(promotion: Promotion): Promise<Result<boolean>>;
  /** Writes entries one after another, all that come before a failure; the value is the last one. */
  append(...facts: [JournalFact, ...JournalFact[]]): Promise<Result<JournalEntry>>;
  journal(): Promise<Result<JournalEntry[]>>;
  /** Releases that can be started again, oldest first. */
  releases(): Promise<Result<Release[]>>;
  /** Releases whose files were removed, but whose digests can still be had: placing them works (B12). Oldest first. */
  fetchable(): Promise<Result<Release[]>>;
  /**
   * Records the release as the live one: from here on it is what a restart or a dead engine leaves serving.
   * Once the lease has ended, the release that was live before stays ready as `retire` says; every other one that
   * runs without traffic is drained and stopped at once.
   */
  commit(release: string, retire: Retire): Promise<Result<void>>;
  /** Forgets what is not needed any more: files of releases, all but `keep` (ids). */
  prune(keep: string[]): Promise<Result<void>>;
}

/** Stays ready for `warmMs` after the end of the lease, is then drained (at most `drainMs`) and stopped. */
export type Retire = { warmMs: number; drainMs: number };

export type LeaseRequest = {
  actor: string;
  version: string;
  rollout: string;
  tool: string;
  /** Time to live (ms, by the target's monotonic clock): the lease is lost so long after its last sign of life. */
  ttlMs: number;
  /** A rollback does not queue behind a deploy: the holder is asked to give way, and the target waits for it (B5). */
  cause?: "deploy" | "rollback";
  /** A deploy puts itself before another one: where its version is greater, or in any case (see `hasPrecedence`). */
  supersede?: "newer" | "any";
};

/** `token` rises with every lease: the fencing token. `previous` is a rollout whose engine ended without a word. */
export type Lease = {
  token: number;
  previous: { rollout: string; version: string; actor: string; since: string } | null;
  /** Aborts when the holder has to give way; its reason is the name of who asks (B5). */
  asked?: AbortSignal;
  /** Hands over what persons say to the rollout from now on. */
  onPromote?(listener: (promotion: Promotion) => void): void;
};

/** A person's word: go on to the next step out of a pause, or, `full`, without further holds and pauses. */
export type Promotion = { by: string; full: boolean };

/** Everything the engine needs of one environment. */
export type Deployment = { target: Target; router: Router; store: Store; close(): Promise<void> };
