import { table } from "./table.ts";
import { duration, moment } from "./units.ts";

/** One rollout or operation as `history` shows it; `ms` null where it has no end yet. */
export type HistoryEntry = {
  at: number;
  what: string;
  version: string | null;
  outcome: string;
  actor: string | null;
  ms: number | null;
  reason: string | null;
};

/** An environment's history as lines: its name, then newest first as given. */
export function historyView(environment: string, entries: HistoryEntry[]): string[] {
  if (entries.length === 0) return [`${environment}: nothing has happened yet`];
  const rows = entries.map(({ at, what, version, outcome, actor, ms, reason }) => [
    moment(at),
    what,
    version ?? "-",
    outcome,
    actor ?? "-",
    ms === null ? "-" : duration(ms),
    reason ?? "",
  ]);
  const lines = table([["WHEN", "WHAT", "VERSION", "OUTCOME", "BY", "TOOK", "REASON"], ...rows]);
  return [environment, ...lines.map((line) => `  ${line}`)];
}
