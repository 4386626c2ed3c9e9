import type { Command } from "../../config/config.ts";
import type { Drift } from "../../deploy/drift.ts";
import type { EnvironmentStatus, LogLine } from "../../deploy/inspect.ts";
import type { JournalEntry, JournalFact } from "../../deploy/journal.ts";
import type { Release } from "../../deploy/release.ts";
import type {
  Drained,
  Executed,
  Lease,
  LeaseRequest,
  Observation,
  ProbeRequest,
  Promotion,
  Retire,
  RouterCounters,
} from "../../deploy/target.ts";
import type { Failure } from "../../failure.ts";
import type { HttpAnswer } from "../../io/http.ts";
import type { Result } from "../../result.ts";
import type { LocalConfiguration } from "./parts.ts";

/** Version of what client and daemon say to each other; another one is refused at the first word. */
export const protocolVersion = 3;

/** What a daemon says of itself. */
export type Hello = { pid: number; tool: string; started: string };

/** What a person asks of the live release, between rollouts. */
export type Operation = {
  action: "start" | "stop" | "restart";
  /** One component, or null for all of them. */
  component: string | null;
  actor: string;
};

/** What can be asked: parameters, then the value of the result. */
export type Methods = {
  hello: [{ protocol: number; tool: string }, Hello];
  configure: [LocalConfiguration, { url: string; port: number }];
  supports: [{ release: Release }, null];
  place: [{ release: Release; secrets: Record<string, string> }, null];
  execute: [{ release: string; component: string; command: Command; timeoutMs: number }, Executed];
  start: [{ release: string; component: string }, null];
  stop: [{ release: string; graceMs: number }, null];
  probe: [{ release: string; component: string; request: ProbeRequest }, HttpAnswer];
  observe: [{ question: number | null }, Observation];
  drift: [null, Drift[]];
  shift: [{ weights: Record<string, number> }, null];
  statistics: [null, Record<string, RouterCounters>];
  drain: [{ release: string; timeoutMs: number }, Drained];
  acquire: [LeaseRequest, Pick<Lease, "token" | "previous">];
  renew: [null, null];
  release: [null, null];
  promote: [Promotion, boolean];
  append: [{ fact: JournalFact }, JournalEntry];
  journal: [null, JournalEntry[]];
  releases: [null, Release[]];
  fetchable: [null, Release[]];
  commit: [{ release: string; retire: Retire }, null];
  prune: [{ keep: string[] }, null];
  status: [null, EnvironmentStatus];
  logs: [{ component: string | null; lines: number; follow: boolean }, LogLine[]];
  operate: [Operation, null];
  shutdown: [null, null];
};

export type Method = keyof Methods;

/** Client to daemon, one a line. */
export type Request = { id: number; method: Method; params: unknown };

/** Daemon to client, one a line: an answer, a log line that was asked for, a request to give way (B5), or a person's word. */
export type Message =
  | { id: number; result: Result<unknown, Failure> }
  | { push: "log"; line: LogLine }
  | { push: "give-way"; who: string }
  | { push: "promote"; promotion: Promotion };
