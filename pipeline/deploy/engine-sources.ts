import type { AnalysisCheck } from "../config/config.ts";
import { interpolate } from "../config/interpolate.ts";
import type { HttpAnswer } from "../io/http.ts";
import { ok } from "../result.ts";
import { type Session, within } from "./engine-session.ts";
import type { Measurement, Reading } from "./measurement.ts";
import type { OutsideCheck } from "./metrics.ts";
import { isHealthy, readProbe } from "./readiness.ts";
import type { Rollout } from "./state.ts";
import { p95Of } from "./traffic.ts";

/** Given on top of a check's own time limit (ms) before nobody waits for it any more. */
const patienceMs = 2_000;

type Answers = { good: number; times: number[]; last: string | null };

/** One check's source: a look at a time, the next one an interval after the last began. */
type Source = { index: number; check: OutsideCheck; dueAt: number; busy: boolean; answers: Answers };

/** The sources of the checks that are not the router's. Looks go on beside everything else. Times: ms since it began. */
export class Sources {
  readonly #session: Session;
  readonly #rollout: Rollout;
  readonly #sources: Source[];
  readonly #ended = new AbortController();
  #done: Measurement[] = [];
  #bug: { error: unknown } | null = null;

  constructor(session: Session, rollout: Rollout, checks: AnalysisCheck[]) {
    this.#session = session;
    this.#rollout = rollout;
    this.#sources = checks.flatMap((check, index) => {
      if (check.kind === "errors" || check.kind === "p95") return [];
      const answers = { good: 0, times: [], last: null };
      return [{ index, check: this.#filled(check), dueAt: check.intervalMs, busy: false, answers }];
    });
  }

  /** Begins the looks that are due, and gives what has come back since the last time. */
  collect(at: number): Measurement[] {
    if (this.#bug) throw this.#bug.error;
    for (const source of this.#sources) {
      if (source.busy || at < source.dueAt) continue;
      source.busy = true;
      source.dueAt = at + source.check.intervalMs;
      void this.#look(source, at).then(
        (reading) => {
          this.#done.push({ check: source.index, at, reading });
          source.busy = false;
        },
        (error: unknown) => {
          this.#bug = { error };
        },
      );
    }
    const done = this.#done;
    this.#done = [];
    return done;
  }

  /** Gives up what is still under way. */
  close(): void {
    this.#ended.abort();
  }

  async #look(source: Source, sinceMs: number): Promise<Reading> {
    const { check } = source;
    const { clock, metrics } = this.#session;
    if (check.kind === "probe") return this.#probe(check, source.answers);
    if (!metrics) return { kind: "unreadable", reason: "nothing reads such a source here" };
    const work = metrics.read({ check, sinceMs }, this.#ended.signal).then((reading) => ok(reading));
    const read = await within(clock, check.timeoutMs + patienceMs, check.name, work);
    return read.ok ? read.value : { kind: "unreadable", reason: `no answer within ${check.timeoutMs} ms` };
  }

  async #probe(check: Extract<OutsideCheck, { kind: "probe" }>, answers: Answers): Promise<Reading> {
    const { clock, metrics } = this.#session;
    const { at: url, timeoutMs } = check;
    if (!url.startsWith("/") && !metrics)
      return { kind: "unreadable", reason: "nothing reads such a source here" };
    const work = this.#ask(url, timeoutMs).then((one) => ok(one));
    const asked = await within(clock, timeoutMs + patienceMs, check.name, work);
    const late = { kind: "none" as const, reason: "timeout" as const, message: "", ms: timeoutMs };
    const answer = asked.ok ? asked.value : late;
    const seen = readProbe(answer, { url, expected: 200, timeoutMs });
    if (isHealthy(seen)) answers.good += 1;
    else answers.last = seen.summary;
    answers.times.push(answer.ms);
    const requests = answers.times.length;
    const canary = { requests, failed: requests - answers.good, p95Ms: p95Of(answers.times) };
    return { kind: "traffic", canary, stable: null, recent: null, last: answers.last };
  }

  #ask(url: string, timeoutMs: number): Promise<HttpAnswer> {
    const { deployment, metrics } = this.#session;
    const { release, front } = this.#rollout.candidate;
    if (metrics && !url.startsWith("/")) return metrics.ask(url, timeoutMs, this.#ended.signal);
    return deployment.target.probe(release, front[0] ?? "", { method: "GET", path: url, timeoutMs });
  }

  #filled(check: OutsideCheck): OutsideCheck {
    const fill = (text: string): string => interpolate(text, { version: this.#rollout.candidate.version });
    if (check.kind === "prometheus") return { ...check, query: fill(check.query) };
    if (check.kind === "probe") return { ...check, at: fill(check.at) };
    const { run } = check;
    return { ...check, run: typeof run === "string" ? fill(run) : run.map(fill) };
  }
}
