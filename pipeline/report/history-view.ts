import type { FollowUp } from "../deploy/follow-up.ts";
import { followUpLines } from "./follow-up-view.ts";
import { tableRows } from "./table.ts";
import { displayWidth } from "./text.ts";
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
  /** What it left to be done where it broke the glass, or null. */
  followUp: FollowUp | null;
};

/**
 * An environment's history as lines: its name, then newest first as given, what a break-glass owes below its rollout.
 * Where a table is too wide for `columns`, a rollout is two lines instead.
 */
export function historyView(
  environment: string,
  entries: HistoryEntry[],
  columns = Number.POSITIVE_INFINITY,
): string[] {
  if (entries.length === 0) return [`${environment}: nothing has happened yet`];
  const [head = [], ...rows] = inTable(entries, columns - 2) ?? [[], ...entries.map(inTwoLines)];
  const lines = rows.flatMap((row, index) => [
    ...row,
    ...owed(environment, entries[index]?.followUp ?? null),
  ]);
  return [environment, ...[...head, ...lines].map((line) => `  ${line}`)];
}

/** Narrower than this (columns), a reason is hard to read beside the rest. */
const leastReason = 24;

/** The lines of the head and of each entry, or null: they would not fit. */
function inTable(entries: HistoryEntry[], columns: number): string[][] | null {
  const rows = entries.map(({ at, what, version, outcome, actor, ms, reason }) => [
    moment(at),
    what,
    version ?? "-",
    outcome,
    actor ?? "-",
    took(ms),
    reason ?? "",
  ]);
  const cells = [["WHEN", "WHAT", "VERSION", "OUTCOME", "BY", "TOOK", "REASON"], ...rows];
  const natural = tableRows(cells);
  const head = natural[0]?.[0] ?? "";
  const widest = Math.max(...natural.flat().map(displayWidth));
  const reasonAt = displayWidth(head) - "REASON".length;
  return widest <= columns || reasonAt + leastReason <= columns ? tableRows(cells, columns) : null;
}

function inTwoLines({ at, what, version, outcome, actor, ms, reason }: HistoryEntry): string[] {
  const after = ms === null ? "" : ` after ${duration(ms)}`;
  return [
    [
      moment(at),
      what,
      ...(version === null ? [] : [version]),
      ...(actor === null ? [] : [`by ${actor}`]),
    ].join(" "),
    `  ${outcome}${after}${reason ? `: ${reason}` : ""}`,
  ];
}

const owed = (environment: string, followUp: FollowUp | null): string[] =>
  followUp === null ? [] : followUpLines(environment, followUp).map((line) => `  ${line}`);

const took = (ms: number | null): string => (ms === null ? "-" : duration(ms));
