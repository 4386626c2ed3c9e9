import type { Drift } from "../../pipeline/deploy/drift.ts";
import { chain, type JournalEntry, type JournalFact } from "../../pipeline/deploy/journal.ts";
import type { Release } from "../../pipeline/deploy/release.ts";
import type { UnheldLimit } from "../../pipeline/deploy/resources.ts";
import type { Observation, ObservedComponent, ProbeRequest, Retire } from "../../pipeline/deploy/target.ts";
import type { HttpAnswer } from "../../pipeline/io/http.ts";
import { fail, ok, type Result } from "../../pipeline/result.ts";
import { SimulatedLease } from "./simulated-lease.ts";
import { SimulatedSession } from "./simulated-session.ts";
import { type Answering, type Backend, SimulatedTraffic } from "./simulated-traffic.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** How the processes of a version behave; what is left out is well. */
export type Behaviour = Partial<Answering> & {
  /** From this time after its start it is ready. */
  readyAfterMs?: number;
  /** It ends by itself at this time after its start. */
  exitsAfterMs?: number;
  exitCode?: number;
  log?: string[];
  /** Overrides the answer of every probe. */
  answer?(request: ProbeRequest, sinceStartMs: number): Partial<Extract<HttpAnswer, { kind: "answer" }>>;
  migration?: { exitCode: number; log: string[] };
};

/**
 * Makes one action fail before its effect, or lose its answer after it; `times` it happens. `stale` is for
 * observations: what was true at the one before is shown again.
 */
export type Fault = { action: string; when: "before" | "after" | "stale"; times: number };

/** The engine dies before or after the effect, the effect fails or its answer is lost, or what is told is an old truth. */
export type Trouble =
  | "killed before"
  | "killed after"
  | "fails"
  | "answer lost"
  | "observation stale"
  | "clock forward"
  | "clock back";

/** An hour, in ms: what the machine's clock jumps by. */
const jumpMs = 3_600_000;

type Proc = { startedAt: number; pid: number; stoppedAt: number | null; diedAt: number };
type Placed = { release: Release; processes: Map<string, Proc> };

/** An environment in memory: target, router and store as one, on a virtual clock, with traffic and faults. */
export class SimulatedTarget {
  readonly clock: VirtualClock;
  readonly lease: SimulatedLease;
  readonly traffic: SimulatedTraffic;
  /** Everything that changed something, e.g. "start 1.1.0 api", "shift 1.0.0=90 1.1.0=10". */
  readonly actions: string[] = [];
  readonly faults: Fault[] = [];
  readonly behaviours = new Map<string, Behaviour>();
  readonly journal: JournalEntry[] = [];
  /** Whether the target itself returns traffic to the live release when an engine is lost. */
  deadMansSwitch = true;
  /** Why statistics cannot be read now, or null. */
  statisticsFail: (now: number) => string | null = () => null;
  /** Open connections that a drain finds. */
  leftOpen = 0;
  /** What goes wrong at this call (from 1). */
  trouble: { call: number; how: Trouble } | null = null;
  /** What somebody changed by hand. */
  drift: Drift[] = [];
  /** Limits that it would not hold any release to. */
  unheld: UnheldLimit[] = [];
  /** Whether the images of releases that were removed can still be had. */
  imagesKept = true;
  #removed: Release[] = [];
  calls = 0;
  /** The calls so far: the action, and whether it changes something. */
  readonly called: { action: string; effect: boolean }[] = [];
  weights: Record<string, number> = {};
  /** Every set of weights that was ever in force, by version, without zeros. */
  readonly shifts: Record<string, number>[] = [];
  live: string | null = null;
  readonly placed = new Map<string, Placed>();
  #kept: Release[] = [];
  #retire: Retire | null = null;
  /** The release that was live before. */
  #previous: string | null = null;
  #pid = 100;

  constructor(clock: VirtualClock, requestsPerSecond = 0) {
    this.clock = clock;
    this.lease = new SimulatedLease(clock, (session) => this.lose(session));
    this.traffic = new SimulatedTraffic(requestsPerSecond, clock.monotonic());
  }

  /** The trouble that is due at this call, or null; a jump of the clock happens at once. */
  troubleNow(): Trouble | null {
    this.calls++;
    const due = this.trouble?.call === this.calls ? this.trouble.how : null;
    if (due === "clock forward") this.clock.jump(jumpMs);
    if (due === "clock back") this.clock.jump(-jumpMs);
    return due;
  }

  /** A connection of one engine. */
  open(): SimulatedSession {
    return new SimulatedSession(this);
  }

  /** Lets traffic arrive up to now: called before anything that it would feel. */
  pass(): void {
    this.traffic.passUntil(this.clock.monotonic(), this.weights, (id) => this.#backend(id));
  }

  /** Some requests more, now. */
  arrive(count: number): void {
    for (let i = 0; i < count; i++) {
      this.traffic.arrive(this.clock.monotonic(), this.weights, (id) => this.#backend(id));
    }
  }

  observe(): Observation {
    this.pass();
    const releases = [...this.placed].map(([id, placed]) => [
      id,
      {
        version: placed.release.version,
        placed: true,
        components: Object.fromEntries(
          placed.release.components.map(({ name }) => [name, this.#component(placed, name)]),
        ),
      },
    ]);
    return {
      releases: Object.fromEntries(releases),
      weights: { ...this.weights },
      live: this.live,
      url: "http://localhost:8080",
    };
  }

  place(release: Release): void {
    this.actions.push(`place ${release.version}`);
    if (this.placed.has(release.id)) return;
    this.placed.set(release.id, { release, processes: new Map() });
    this.#kept = [...this.#kept.filter((one) => one.id !== release.id), release];
  }

  start(id: string, component: string): Result<void> {
    const placed = this.placed.get(id);
    if (!placed) return fail({ kind: "target-failed", action: "start", reason: "not placed" });
    this.actions.push(`start ${placed.release.version} ${component}`);
    if (this.#component(placed, component).state === "running") return ok(undefined);
    placed.processes.set(component, {
      startedAt: this.clock.monotonic(),
      pid: this.#pid++,
      stoppedAt: null,
      diedAt: Infinity,
    });
    return ok(undefined);
  }

  stop(id: string): void {
    this.pass();
    this.actions.push(`stop ${this.name(id)}`);
    for (const process of this.placed.get(id)?.processes.values() ?? [])
      process.stoppedAt ??= this.clock.monotonic();
  }

  /** A process ends by itself, now. */
  die(id: string): void {
    this.pass();
    for (const process of this.placed.get(id)?.processes.values() ?? [])
      process.diedAt = this.clock.monotonic();
  }

  shift(weights: Record<string, number>): void {
    this.pass();
    const shares = Object.entries(weights).map(([id, weight]) => `${this.name(id)}=${weight}`);
    this.actions.push(["shift", ...shares.sort()].join(" "));
    this.weights = { ...weights };
    this.shifts.push(
      Object.fromEntries(Object.entries(weights).flatMap(([id, w]) => (w > 0 ? [[this.name(id), w]] : []))),
    );
  }

  commit(id: string, retire: Retire): void {
    this.actions.push(`commit ${this.name(id)}`);
    if (this.live !== id) this.#previous = this.live;
    this.live = id;
    this.#retire = retire;
  }

  append(first: JournalFact, ...rest: JournalFact[]): JournalEntry {
    const entry = chain(this.journal.at(-1) ?? null, this.clock.now(), first);
    this.journal.push(entry);
    const [second, ...others] = rest;
    return second === undefined ? entry : this.append(second, ...others);
  }

  get kept(): Release[] {
    return this.#kept;
  }

  get fetchable(): Release[] {
    return this.imagesKept ? this.#removed.filter(({ id }) => !this.placed.has(id)) : [];
  }

  prune(keep: string[]): void {
    this.#removed.push(...this.#kept.filter((release) => !keep.includes(release.id)));
    this.#kept = this.#kept.filter((release) => keep.includes(release.id));
    for (const id of this.placed.keys()) if (!keep.includes(id)) this.placed.delete(id);
  }

  migrate(id: string): { exitCode: number; log: string[] } {
    const placed = this.placed.get(id);
    this.actions.push(`migrate ${this.name(id)}`);
    return (placed && this.#behaviour(placed.release).migration) ?? { exitCode: 0, log: [] };
  }

  probe(id: string, component: string, request: ProbeRequest): HttpAnswer {
    const placed = this.placed.get(id);
    const seen = placed ? this.#component(placed, component) : null;
    if (!placed || seen?.state !== "running" || seen.startedAt === null) {
      return { kind: "none", reason: "refused", message: "connection refused", ms: 1 };
    }
    const behaviour = this.#behaviour(placed.release);
    const sinceStartMs = this.clock.monotonic() - seen.startedAt;
    const ready = sinceStartMs >= (behaviour.readyAfterMs ?? 0);
    const plain = { status: ready ? 200 : 503, headers: {}, body: ready ? "ok" : "not yet", ms: 2 };
    return { kind: "answer", ...plain, ...behaviour.answer?.(request, sinceStartMs) };
  }

  /** An engine gave its lease back: what is not live is retired after its warm window. */
  release(session: SimulatedSession): void {
    if (!this.lease.give(session)) return;
    if (this.#retire) this.#retireLater(this.#retire);
    this.#retire = null;
  }

  /** Ends an engine's connection without a word. */
  lose(session: SimulatedSession): void {
    const lost = this.lease.lose(session);
    if (lost === null || !this.deadMansSwitch) return;
    const live = this.live;
    this.shift(live === null ? {} : { [live]: 100 });
    const reason = "no sign of life";
    this.append({ kind: "engine-lost", ...lost, live: live === null ? null : this.name(live), reason });
  }

  name(id: string): string {
    return this.placed.get(id)?.release.version ?? id;
  }

  #backend(id: string): Backend | null {
    const placed = this.placed.get(id);
    const process = [...(placed?.processes.values() ?? [])][0];
    if (!placed || !process) return null;
    const behaviour = this.#behaviour(placed.release);
    return {
      startedAt: process.startedAt,
      upAt: (at) => process.stoppedAt === null && at < endOf(process, behaviour),
      latencyMs: behaviour.latencyMs ?? (() => 5),
      fails: behaviour.fails ?? (() => false),
    };
  }

  /** What was live before stays for its window, every other release that runs for nothing goes at once. */
  #retireLater({ warmMs }: Retire): void {
    const previous = this.#previous;
    this.#retireAll((id) => id !== previous);
    this.clock.after(warmMs, () => {
      if (!this.lease.request) this.#retireAll(() => true);
    });
  }

  #retireAll(due: (id: string) => boolean): void {
    for (const [id, placed] of this.placed) {
      const running = placed.release.components.some(
        ({ name }) => this.#component(placed, name).state === "running",
      );
      if (id === this.live || !running || (this.weights[id] ?? 0) > 0 || !due(id)) continue;
      this.stop(id);
      this.append({ kind: "retired", release: id, version: placed.release.version, leftOpen: this.leftOpen });
    }
  }

  #component(placed: Placed, name: string): ObservedComponent {
    const process = placed.processes.get(name);
    const behaviour = this.#behaviour(placed.release);
    const log = behaviour.log ?? [];
    const none = { pid: null, port: null, startedAt: null, end: null, log };
    if (!process || process.stoppedAt !== null) return { ...none, state: "stopped" };
    const exited = this.clock.monotonic() >= endOf(process, behaviour);
    if (exited) return { ...none, state: "exited", end: { exitCode: behaviour.exitCode ?? 1, signal: null } };
    return {
      ...none,
      state: "running",
      pid: process.pid,
      port: 40_000 + process.pid,
      startedAt: process.startedAt,
    };
  }

  #behaviour(release: Release): Behaviour {
    return this.behaviours.get(release.version) ?? {};
  }
}

const endOf = (process: Proc, behaviour: Behaviour): number =>
  Math.min(process.diedAt, process.startedAt + (behaviour.exitsAfterMs ?? Infinity));
