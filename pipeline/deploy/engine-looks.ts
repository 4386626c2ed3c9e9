import type { AnalysisCheck } from "../config/config.ts";
import type { Failure } from "../failure.ts";
import { type Session, within } from "./engine-session.ts";
import type { Measurement, Reading, Traffic } from "./measurement.ts";
import type { Rollout } from "./state.ts";
import type { RouterCounters } from "./target.ts";
import { type Window, window } from "./traffic.ts";

/** A failure counts for so long (ms) by itself, however good the time before it was. */
const recentMs = 60_000;

type Look = { at: number; counters: Record<string, RouterCounters> };

/** The router's counters while a weight is held. Times are ms since it began. */
export class RouterLooks {
  readonly #session: Session;
  readonly #rollout: Rollout;
  readonly #beside: string | null;
  readonly #keepMs: number;
  readonly #measuredAt = new Map<number, number>();
  #looks: Look[] = [];
  #unreadable: string | null = "no reading to start from";

  constructor(session: Session, rollout: Rollout, weight: number, checks: AnalysisCheck[]) {
    this.#session = session;
    this.#rollout = rollout;
    this.#beside = rollout.compared && weight < 100 ? (rollout.stable?.release ?? null) : null;
    this.#keepMs = Math.max(recentMs, ...checks.map((check) => check.intervalMs)) + 2_000;
  }

  async take(at: number): Promise<void> {
    const { clock, deployment } = this.#session;
    const got = await within(clock, 2_000, "statistics", deployment.router.statistics());
    this.#unreadable = got.ok ? null : reasonOf(got.failure);
    if (!got.ok) return;
    const [first, ...later] = this.#looks;
    const kept = later.filter((one) => one.at > at - this.#keepMs);
    this.#looks = [...(first ? [first] : []), ...kept, { at, counters: got.value }];
  }

  /** The measurements of the router's own checks that are due. */
  measurements(checks: AnalysisCheck[], at: number): Measurement[] {
    return checks.flatMap((check, index) => {
      const due = at - (this.#measuredAt.get(index) ?? 0) >= check.intervalMs;
      if ((check.kind !== "errors" && check.kind !== "p95") || !due) return [];
      this.#measuredAt.set(index, at);
      return [{ check: index, at, reading: this.reading(check.forMs > 0 ? check.intervalMs : null) }];
    });
  }

  /** Traffic over the last `spanMs`, or all of it (null). */
  reading(spanMs: number | null): Reading {
    if (this.#unreadable !== null) return { kind: "unreadable", reason: this.#unreadable };
    const whole = this.#between(spanMs);
    if (whole === null) return { kind: "unreadable", reason: "counters that do not rise" };
    const [first, last] = [this.#looks[0], this.#looks.at(-1)];
    const long = spanMs === null && first && last && last.at - first.at > recentMs;
    const recent = long ? this.#between(recentMs) : null;
    return { kind: "traffic", ...whole, recent, last: null };
  }

  #between(spanMs: number | null): Pick<Traffic, "canary" | "stable"> | null {
    const [first, last] = [this.#looks[0], this.#looks.at(-1)];
    if (!first || !last || this.#looks.length < 2) return null;
    const since = last.at - (spanMs ?? Number.POSITIVE_INFINITY);
    const before = this.#looks.filter((one) => one.at <= since).at(-1) ?? first;
    const canary = traffic(this.#rollout.candidate.release, before, last);
    const stable = this.#beside === null ? null : traffic(this.#beside, before, last);
    const sound = canary !== null && (stable !== null || this.#beside === null);
    return sound ? { canary, stable } : null;
  }
}

/** A release that the router does not know yet has had no request. */
function traffic(release: string, before: Look, after: Look): Window | null {
  const now = after.counters[release] ?? { requests: 0, failed: 0, latency: [] };
  return window(before.counters[release], now);
}

const reasonOf = (failure: Failure): string => ("reason" in failure ? failure.reason : failure.kind);
