import type { RouterCounters } from "../../deploy/target.ts";
import { noCounters, timed } from "../../deploy/traffic.ts";
import { ok, type Result } from "../../result.ts";

/** Ports of the slots, where each began in the log, and lines of it with the place at which each ends. */
type Reading = { figures: string[]; bases: string[]; log: string[] };

type Slot = { release: string; from: number; counters: RouterCounters };

/**
 * The counters of one host's nginx by release directory, from its log alone. A request that was tried twice is two
 * attempts. One port that two releases share speaks for both of them.
 */
export class HostNginxCounters {
  /** Place in the log up to which it was read; none: not at all. */
  last = "none";
  readonly #slots = new Map<string, Slot>();

  /** Takes one more reading. */
  read({ figures, bases, log }: Reading): Result<Record<string, RouterCounters>, never> {
    for (const line of bases) {
      const [slot = "", release = "", from = "0"] = line.split(" ");
      const known = this.#slots.get(slot);
      if (known?.release !== release || known.from !== Number(from))
        this.#slots.set(slot, { release, from: Number(from), counters: noCounters() });
    }
    const slotsOf = new Map<string, Slot[]>();
    for (const line of figures) {
      const [name = "", port] = line.split(" ");
      const slot = this.#slots.get(name);
      if (port && slot) slotsOf.set(port, [...(slotsOf.get(port) ?? []), slot]);
    }
    for (const line of log) {
      const [at = "0", ...rest] = line.split(" ");
      this.last = at;
      for (const { port, failed, ms } of attemptsIn(rest.join(" ")))
        for (const { from, counters } of slotsOf.get(port) ?? []) {
          if (Number(at) <= from) continue;
          counters.requests++;
          if (failed) counters.failed++;
          timed(counters.latency, ms);
        }
    }
    return ok(
      Object.fromEntries(
        [...this.#slots.values()].map(({ release, counters }) => [
          release,
          { ...counters, latency: [...counters.latency] },
        ]),
      ),
    );
  }
}

/** What one line says: where it was sent, one try after the other. A tunnel is timed by nobody: its end is no answer. */
function attemptsIn(line: string): { port: string; failed: boolean; ms: number }[] {
  const [status = "", times = "", addresses = "", statuses = ""] = line.split("|");
  const said = statuses.split(", ");
  const took = times.split(", ");
  return addresses.split(", ").flatMap((address, i) => {
    const port = /:(\d+)$/.exec(address)?.[1];
    const answer = Number(said[i]);
    // Who went away before there was an answer says nothing of the release.
    if (port === undefined || !(answer > 0)) return [];
    const failed = answer >= 500;
    return [{ port, failed, ms: status === "101" ? 0 : Math.round(Number(took[i]) * 1_000) || 0 }];
  });
}
