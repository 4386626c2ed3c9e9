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
  /** What is worth knowing of its state, for example that a damaged file was replaced by its last valid copy. */
  notes: string[];
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
};

/** The whole, and what is not as it should be, with what to do about it. */
export type StatusHealth = {
  status: string;
  findings: { name: string; status: string; reason: string; recommendation: string | null }[];
};

/** An environment as lines: what is live, then what runs, then what is going on. */
export function statusView(status: Status): string[] {
  const { environment, url, live, weights, health, lease, warm, notes } = status;
  return [
    live === null
      ? `${environment}: nothing is live`
      : `${environment}: ${live} is live${url ? ` at ${url}` : ""}`,
    ...(health === null ? [] : healthLines(health)),
    ...(Object.keys(weights).length === 0 ? [] : [`traffic: ${weightWords(weights)}`]),
    ...runningLines(status),
    ...(lease === null
      ? []
      : [
          `under way: ${lease.version} by ${lease.actor}, since ${moment(lease.since)} (token ${lease.token})`,
        ]),
    ...warm.map(({ version, leftMs }) => `warm: ${version}, for another ${duration(leftMs)}`),
    ...notes.map((note) => `note: ${note}`),
  ];
}

const healthLines = ({ status, findings }: StatusHealth): string[] => [
  `health: ${status}`,
  ...findings
    .filter((finding) => finding.status !== "HEALTHY")
    .map(
      ({ name, status, reason, recommendation }) =>
        `  ${name} is ${status}: ${reason}${recommendation === null ? "" : `; ${recommendation}`}`,
    ),
];

function runningLines({ components, accessories }: Status): string[] {
  if (components.length + accessories.length === 0) return [];
  const rows = [
    ...components.map((each) => [
      each.name,
      each.version,
      each.state,
      orDash(each.pid),
      orDash(each.port),
      each.cpu === null ? "-" : `${Math.round(each.cpu * 100)} %`,
      each.memory === null ? "-" : bytes(each.memory),
    ]),
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
  return ["", ...table([["COMPONENT", "VERSION", "STATE", "PID", "PORT", "CPU", "MEMORY"], ...rows]), ""];
}

const orDash = (value: number | null): string => (value === null ? "-" : String(value));
