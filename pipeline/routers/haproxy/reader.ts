import type { RouterCounters } from "../../deploy/target.ts";
import type { Clock } from "../../io/clock.ts";
import { fail, ok, type Result } from "../../result.ts";
import { lookAndMark } from "./commands.ts";
import { type Logged, nothingLogged, readLine, tally } from "./log.ts";
import { ask, factOf } from "./runtime.ts";
import { countersOf, type Known, readStatistics, type ServerFigures, unansweredOf } from "./statistics.ts";

/** Time (ms) for a mark to come through the log: the log is then that far behind. */
const markLimitMs = 2_000;

/** What one slot was counted since its HAProxy started, with HAProxy's own figures. */
export type SlotReading = { counters: RouterCounters; figures: ServerFigures };

/** Reads the figures of one HAProxy: its statistics, and its log up to a moment after them. */
export class Reader {
  readonly #generation: number;
  readonly #runtime: string;
  readonly #clock: Clock;
  readonly #note: (text: string) => void;
  readonly #logged = new Map<string, Logged>();
  readonly #known = new Map<string, Known>();
  #marks = { set: 0, seen: 0 };
  #marked: (logged: Map<string, Logged>) => void = () => {};
  #dropped = 0;

  constructor(options: { generation: number; runtime: string; clock: Clock; note: (text: string) => void }) {
    this.#generation = options.generation;
    this.#runtime = options.runtime;
    this.#clock = options.clock;
    this.#note = options.note;
  }

  /** Takes a line of the log; lines of another HAProxy are none of ours. */
  take(line: string): void {
    const read = readLine(line, this.#generation);
    if (read === null) return;
    if (read.kind === "mark") {
      this.#marks.seen++;
      if (this.#marks.seen === this.#marks.set) this.#marked(structuredClone(this.#logged));
      return;
    }
    const { request } = read;
    const logged = this.#logged.get(request.slot) ?? nothingLogged();
    this.#logged.set(request.slot, logged);
    tally(logged, request);
  }

  /** The counters of each slot now; one reading at a time. A failure is one sentence. */
  async read(): Promise<Result<Record<string, SlotReading>, string>> {
    this.#marks.set++;
    const arrived = new Promise<Map<string, Logged>>((resolve) => {
      this.#marked = resolve;
    });
    const said = await ask(this.#runtime, lookAndMark(this.#marks.set % 2 === 1));
    if (!said.ok) return said;
    const figures = readStatistics(said.value);
    if (!figures.ok) return figures;
    const limit = new AbortController();
    const late = this.#clock.sleep(markLimitMs, limit.signal).then(() => null);
    const logged = await Promise.race([arrived, late]);
    limit.abort();
    if (logged === null) return fail(`HAProxy's log is more than ${markLimitMs} ms behind`);
    const dropped = Number(factOf(said.value, "DroppedLogs") ?? 0);
    const lossy = dropped > this.#dropped;
    if (lossy) this.#note(`HAProxy dropped ${dropped - this.#dropped} lines of its log: latencies lack them`);
    this.#dropped = dropped;
    return ok(
      Object.fromEntries(
        Object.entries(figures.value).map(([slot, own]) => [
          slot,
          { figures: own, counters: this.#countersOf(slot, own, logged.get(slot) ?? nothingLogged(), lossy) },
        ]),
      ),
    );
  }

  #countersOf(slot: string, figures: ServerFigures, logged: Logged, lossy: boolean): RouterCounters {
    const known = this.#known.get(slot) ?? { hints: 0, lost: 0, unanswered: 0 };
    this.#known.set(slot, known);
    const { attempts, handshakes, open } = figures;
    // With nothing open every tunnel has its line: what is left of the 1xx answers were hints.
    if (open === 0) known.hints = Math.max(0, handshakes - logged.tunnels);
    if (lossy) known.lost = Math.max(known.lost, attempts - open - logged.lines - known.unanswered);
    known.unanswered = Math.max(known.unanswered, unansweredOf(figures, logged, known.lost));
    return countersOf(figures, logged, known);
  }
}
