import type { FollowUp } from "../deploy/follow-up.ts";
import { followUpsOf } from "./follow-up-view.ts";
import { table } from "./table.ts";
import { bytes, duration, moment, weightWords } from "./units.ts";

/** What `status` shows of one environment. Weights are % by version. */
export type Status = {
  environment: string;
  url: string | null;
  live: string | null;
  weights: Record<string, number>;
  /** Null where nothing runs. */
  health: StatusHealth | null;
  components: ComponentStatus[];
  accessories: { name: string; state: string; pid: number | null; port: number | null }[];
  /** The rollout under way, or null. */
  lease: { actor: string; version: string; since: number; token: number } | null;
  /** Releases that stay ready beside the live one, with the time that is left. */
  warm: { version: string; leftMs: number }[];
  /** What break-glass deploys left to be done, oldest first, closed or not. */
  followUps: FollowUp[];
  /** What is worth knowing of its state, for example that a damaged file was replaced by its last valid copy. */
  notes: string[];
  /** Each host by itself, where it runs on several. */
  hosts?: HostView[];
};

/** One host: `unreachable` says why nothing is known of it. */
export type HostView = {
  host: string;
  unreachable: string | null;
  live: string | null;
  weights: Record<string, number>;
  components: Omit<ComponentStatus, "memoryLimit">[];
};

/** `cpu` is a fraction of one core, `memory` bytes; null where it is not known. */
export type ComponentStatus = {
  version: string;
  name: string;
  state: string;
  pid: number | null;
  port: number | null;
  cpu: number | null;
  memory: number | null;
  /** What it may use at most, bytes; null or left out: as much as there is. */
  memoryLimit?: number | null;
};

/** The whole, and what is not as it should be, with what to do about it. */
export type StatusHealth = {
  status: string;
  findings: { name: string; status: string; reason: string; recommendation: string | null }[];
};

/** An environment as lines of at most `columns`: what is live and how it is, who changes it, then what runs. */
export function statusView(status: Status, columns = Number.POSITIVE_INFINITY): string[] {
  const { environment, url, live, followUps } = status;
  return [
    live === null
      ? `${environment}: nothing is live`
      : `${environment}: ${live} is live${url ? ` at ${url}` : ""}`,
    ...table(factRows(status), columns - 2).map((line) => `  ${line}`),
    ...followUpsOf(environment, followUps).map((line) => `  ${line}`),
    ...runningLines(status).map((line) => (line === "" ? "" : `  ${line}`)),
  ];
}

/** Each fact with its name before it; several of one kind have it once. */
function factRows(status: Status): [string, string][] {
  const { url, health, weights, lease, warm, notes } = status;
  return [
    ...(health === null ? [] : named("health", healthLines(health))),
    ...(Object.keys(weights).length === 0 ? [] : named("traffic", [weightWords(weights)])),
    ...named(
      "warm",
      warm.map(({ version, leftMs }) => `${version}, for another ${duration(leftMs)}`),
    ),
    ...(lease === null
      ? url === null
        ? []
        : named("lease", ["free"])
      : named("lease", [
          `a rollout of ${lease.version} by ${lease.actor} is under way, since ${moment(lease.since)} (token ${lease.token})`,
        ])),
    ...named("note", notes),
  ];
}

const named = (name: string, lines: string[]): [string, string][] =>
  lines.map((line, index) => [index === 0 ? name : "", line]);

const healthLines = ({ status, findings }: StatusHealth): string[] => [
  status,
  ...findings
    .filter((finding) => finding.status !== "HEALTHY")
    .map(
      ({ name, status, reason, recommendation }) =>
        `${name} is ${status}: ${reason}${recommendation === null ? "" : `; ${recommendation}`}`,
    ),
];

/** Hosts side by side, each with what runs there. */
function hostLines(hosts: HostView[]): string[] {
  const rows = hosts.flatMap(({ host, unreachable, live, weights, components }) =>
    unreachable === null
      ? components.map((each, index) => [
          index === 0 ? host : "",
          index === 0 ? (live ?? "-") : "",
          index === 0 ? weightWords(weights) || "-" : "",
          ...componentCells(each),
        ])
      : [[host, "-", "-", "-", "-", "-", "-", "-", "-", `not reached: ${unreachable}`]],
  );
  const title = ["HOST", "LIVE", "TRAFFIC", "COMPONENT", "VERSION", "STATE", "PID", "PORT", "CPU", "MEMORY"];
  return ["", ...table([title, ...rows])];
}

function runningLines({ components, accessories, hosts }: Status): string[] {
  if (hosts !== undefined) return hostLines(hosts);
  if (components.length + accessories.length === 0) return [];
  const rows = [
    ...components.map(componentCells),
    ...accessories.map(({ name, state, pid, port }) => [
      name,
      "-",
      state,
      orDash(pid),
      orDash(port),
      "-",
      "-",
    ]),
  ];
  return ["", ...table([["COMPONENT", "VERSION", "STATE", "PID", "PORT", "CPU", "MEMORY"], ...rows])];
}

const componentCells = (each: ComponentStatus): string[] => [
  each.name,
  each.version,
  each.state,
  orDash(each.pid),
  orDash(each.port),
  each.cpu === null ? "-" : `${Math.round(each.cpu * 100)} %`,
  memoryWords(each),
];

/** "120 MiB", "120 MiB of 512 MiB". */
function memoryWords({ memory, memoryLimit = null }: ComponentStatus): string {
  const used = memory === null ? "-" : bytes(memory);
  return memoryLimit === null ? used : `${used} of ${bytes(memoryLimit)}`;
}

const orDash = (value: number | null): string => (value === null ? "-" : String(value));
