import type { RouterCounters } from "../../deploy/target.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Logged } from "./log.ts";

/** One server as `show stat` has it. */
export type ServerFigures = {
  /** Attempts to send a request there, ever; a request that is tried twice is two. */
  attempts: number;
  /** Of these, the ones under way: requests and tunnels. */
  open: number;
  /** Requests that wait for it. */
  queued: number;
  /** Answers of the class 1xx: handshakes of tunnels, and hints before an answer. */
  handshakes: number;
  weight: number;
  /** It may be chosen, should it have a weight. */
  ready: boolean;
};

const columns = {
  name: "svname",
  attempts: "stot",
  open: "scur",
  queued: "qcur",
  first: "hrsp_1xx",
} as const;

/** The servers in the CSV of `show stat`, by name. Columns are found by their names, which differ by version in number. */
export function readStatistics(csv: string): Result<Record<string, ServerFigures>, string> {
  const lines = csv.split("\n").map((line) => line.trim());
  const header = lines.find((line) => line.startsWith("# "));
  if (header === undefined) return fail(`no statistics: ${csv.trim().slice(0, 200)}`);
  const titles = header.slice(2).split(",");
  const missing = [...Object.values(columns), "weight", "status"].find((title) => !titles.includes(title));
  if (missing !== undefined) return fail(`its statistics have no column ${missing}`);
  const found: Record<string, ServerFigures> = {};
  for (const line of lines.slice(lines.indexOf(header) + 1)) {
    if (line === "") break;
    const fields = line.split(",");
    const field = (title: string): string => fields[titles.indexOf(title)] ?? "";
    const numbers = [columns.attempts, columns.open, columns.queued, columns.first, "weight"].map((title) =>
      Number(field(title) === "" ? Number.NaN : field(title)),
    );
    if (!numbers.every((value) => Number.isInteger(value) && value >= 0)) {
      return fail(`its statistics are no numbers: ${line.slice(0, 200)}`);
    }
    const [attempts = 0, open = 0, queued = 0, handshakes = 0, weight = 0] = numbers;
    found[field(columns.name)] = {
      attempts,
      open,
      queued,
      handshakes,
      weight,
      ready: !field("status").startsWith("MAINT"),
    };
  }
  return ok(found);
}

/** What is known of a slot beyond one reading. */
export type Known = {
  /** Answers of the class 1xx that were no handshakes. */
  hints: number;
  /** Lines that the log dropped. */
  lost: number;
  /** The most attempts that any reading has found to have ended without a line. */
  unanswered: number;
};

/**
 * Attempts that ended without a line in the log. HAProxy logs an attempt unless it went on to another one, or the
 * release broke off under a client's second or later request, when HAProxy only closes that client's connection: it
 * had no answer. The log is read a moment after the figures, so that requests which end in between hide some: never
 * too many are found, and all of them as soon as nothing ends in between.
 */
export const unansweredOf = ({ attempts, open }: ServerFigures, { lines }: Logged, lost: number): number =>
  Math.max(0, attempts - open - lines - lost);

/** A slot's counters: each attempt that has ended is a request, and each tunnel from its handshake on. */
export function countersOf(figures: ServerFigures, logged: Logged, known: Known): RouterCounters {
  const ended = figures.attempts - figures.open;
  const tunnels = Math.min(figures.open, Math.max(0, figures.handshakes - logged.tunnels - known.hints));
  return {
    requests: Math.max(ended, logged.lines) + tunnels,
    failed: logged.failed + known.unanswered,
    latency: [...logged.latency],
  };
}
