import type { Deployment } from "../../pipeline/deploy/target.ts";
import type { Failure } from "../../pipeline/failure.ts";
import { fail, ok, type Result } from "../../pipeline/result.ts";
import type { SimulatedTarget } from "./simulated-target.ts";

/** One engine's view: what it does needs the lease, and after its death nothing is answered any more. */
export class SimulatedSession implements Deployment {
  token = 0;
  dead = false;
  #thawed: Promise<void> = Promise.resolve();
  #last: unknown = null;
  readonly #environment: SimulatedTarget;

  constructor(environment: SimulatedTarget) {
    this.#environment = environment;
  }

  readonly target: Deployment["target"] = {
    supports: ({ version }) =>
      this.#ask("supports", false, () => {
        const { unheld: limits } = this.#environment;
        const environment = "production";
        return limits.length === 0
          ? ok(undefined)
          : fail({ kind: "limit-not-held", environment, version, limits });
      }),
    place: (release) => this.#effect("place", () => this.#environment.place(release)),
    execute: async (release) =>
      this.#ask("migrate", true, () => {
        const { exitCode, log } = this.#environment.migrate(release);
        return ok({ end: { exitCode, signal: null }, timedOut: false, log });
      }),
    start: (release, component) =>
      this.#ask("start", true, () => this.#environment.start(release, component)),
    stop: (release) => this.#effect("stop", () => this.#environment.stop(release)),
    probe: async (release, component, request) => {
      if (this.dead) return never();
      await this.#environment.clock.sleep(2);
      return this.#environment.probe(release, component, request);
    },
    observe: (question) =>
      this.#ask("observe", false, () => {
        const seen = this.#environment.observe();
        return ok(question === undefined ? seen : { ...seen, question });
      }),
    drift: () => this.#ask("drift", false, () => ok([...this.#environment.drift])),
  };

  readonly router: Deployment["router"] = {
    shift: (weights) => this.#effect("shift", () => this.#environment.shift(weights)),
    statistics: () =>
      this.#ask("statistics", false, () => {
        this.#environment.pass();
        const reason = this.#environment.statisticsFail(this.#environment.clock.now());
        if (reason) return fail({ kind: "target-failed", action: "statistics", reason });
        return ok(structuredClone(this.#environment.traffic.counters));
      }),
    drain: (release) =>
      this.#ask("drain", true, () => {
        this.#environment.actions.push(`drain ${this.#environment.name(release)}`);
        return ok({ leftOpen: this.#environment.leftOpen });
      }),
  };

  readonly store: Deployment["store"] = {
    acquire: (request) => this.#environment.lease.acquire(this, request),
    renew: () =>
      this.#ask("renew", false, () => {
        const renewed = this.#environment.lease.renew(this);
        return renewed ? ok(undefined) : fail(this.#environment.lease.refusal(this));
      }),
    release: async () => {
      await this.#thawed;
      if (!this.dead) this.#environment.release(this);
    },
    promote: async (promotion) => ok(this.#environment.lease.promote(promotion)),
    append: (...facts) => this.#ask("append", true, () => ok(this.#environment.append(...facts))),
    journal: () => this.#ask("journal", false, () => ok([...this.#environment.journal])),
    releases: () => this.#ask("releases", false, () => ok([...this.#environment.kept])),
    fetchable: () => this.#ask("fetchable", false, () => ok([...this.#environment.fetchable])),
    commit: (release, retire) => this.#effect("commit", () => this.#environment.commit(release, retire)),
    prune: (keep) => this.#effect("prune", () => this.#environment.prune(keep)),
  };

  async close(): Promise<void> {
    this.#environment.lose(this);
    this.dead = true;
  }

  /** The engine's process is stopped (SIGSTOP): it says nothing until the function that this gives is called. */
  freeze(): () => void {
    let thaw = () => {};
    this.#thawed = new Promise((resolve) => {
      thaw = resolve;
    });
    return thaw;
  }

  #effect(action: string, act: () => unknown): Promise<Result<void>> {
    return this.#ask(action, true, () => {
      act();
      return ok(undefined);
    });
  }

  async #ask<T>(action: string, fenced: boolean, act: () => Result<T>): Promise<Result<T>> {
    const environment = this.#environment;
    await this.#thawed;
    if (this.dead) return never();
    environment.called.push({ action, effect: fenced });
    const trouble = environment.troubleNow();
    if (trouble === "killed before") return this.#die();
    if (fenced && !environment.lease.holds(this)) return fail(environment.lease.refusal(this));
    const fault = environment.faults.find((one) => one.action === action && one.times > 0);
    if (fault) fault.times--;
    const failure: Failure = { kind: "target-failed", action, reason: "made to fail" };
    if (fault?.when === "before" || trouble === "fails") return fail(failure);
    const result = act();
    const before = this.#last;
    if (action === "observe") this.#last = result;
    // It is what was true at the look before, and it says so: it answers that question.
    const stale = fault?.when === "stale" || trouble === "observation stale";
    if (stale && action === "observe" && before !== null) return before as Result<T>;
    if (trouble === "killed after") return this.#die();
    return fault?.when === "after" || trouble === "answer lost" ? fail(failure) : result;
  }

  #die(): Promise<never> {
    void this.close();
    return never();
  }
}

const never = (): Promise<never> => new Promise(() => {});
