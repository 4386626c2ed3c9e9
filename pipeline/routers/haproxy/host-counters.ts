import type { RouterCounters } from "../../deploy/target.ts";
import { fail, ok, type Result } from "../../result.ts";
import { type Logged, nothingLogged, readLine, tally } from "./log.ts";
import { countersOf, type Known, readStatistics, unansweredOf } from "./statistics.ts";

/** Figures (`show stat`), where each slot began, and the log since the last reading; `gap`: some of it may be missing. */
type Reading = { figures: string[]; bases: string[]; log: string[]; gap: boolean };

type Slot = { release: string; from: string; logged: Logged; known: Known };

/** The counters of one host's HAProxy by release directory, kept up by reading the end of its log again and again. */
export class HostCounters {
  /** Number of the last line that was read; none: not one. */
  last = "none";
  readonly #slots = new Map<string, Slot>();

  /** Takes one more reading. A failure is one sentence. */
  read(reading: Reading): Result<Record<string, RouterCounters>, string> {
    if (reading.figures.length === 0) return ok({});
    const figures = readStatistics(reading.figures.join("\n"));
    if (!figures.ok) return fail(figures.failure);
    const bases = new Map<string, { attempts: number; handshakes: number }>();
    for (const line of reading.bases) {
      const [slot = "", release = "", attempts = "0", handshakes = "0", from = "none"] = line.split(" ");
      bases.set(slot, { attempts: Number(attempts), handshakes: Number(handshakes) });
      const known = this.#slots.get(slot);
      if (known?.release !== release || known.from !== from)
        this.#slots.set(slot, {
          release,
          from,
          logged: nothingLogged(),
          known: { hints: 0, lost: 0, unanswered: 0 },
        });
    }
    for (const line of reading.log) {
      const [generation = "", number = "", ...rest] = line.split(" ");
      this.last = number;
      const read = readLine([generation, ...rest].join(" "), Number(generation));
      if (read?.kind !== "request") continue;
      const slot = this.#slots.get(read.request.slot);
      // What stands before a slot's beginning is of the release that had it before.
      if (slot && (slot.from === "none" || Number(number) > Number(slot.from)))
        tally(slot.logged, read.request);
    }
    const lossy = reading.gap;
    const found: Record<string, RouterCounters> = {};
    for (const [name, slot] of this.#slots) {
      const own = figures.value[name];
      const base = bases.get(name);
      if (!own || !base) continue;
      // A router that was started anew counts from nothing.
      const attempts = own.attempts >= base.attempts ? own.attempts - base.attempts : own.attempts;
      const mine = { ...own, attempts, handshakes: Math.max(0, own.handshakes - base.handshakes) };
      const { known, logged } = slot;
      if (mine.open === 0) known.hints = Math.max(0, mine.handshakes - logged.tunnels);
      if (lossy)
        known.lost = Math.max(known.lost, mine.attempts - mine.open - logged.lines - known.unanswered);
      known.unanswered = Math.max(known.unanswered, unansweredOf(mine, logged, known.lost));
      found[slot.release] = countersOf(mine, logged, known);
    }
    return ok(found);
  }
}
