import type { Environment } from "../../pipeline/config/config.ts";
import {
  type Deployed,
  type DeployRequest,
  deploy,
  type EngineRequest,
  reconcile,
  rollback,
} from "../../pipeline/deploy/engine.ts";
import { promote } from "../../pipeline/deploy/engine-promote.ts";
import type { Approval } from "../../pipeline/deploy/gates.ts";
import type { Metrics } from "../../pipeline/deploy/metrics.ts";
import type { Release } from "../../pipeline/deploy/release.ts";
import type { Result } from "../../pipeline/result.ts";
import type { RolloutFact } from "../../pipeline/run/event.ts";
import { sampleEnvironment, sampleRelease } from "./sample-release.ts";
import type { SimulatedSession } from "./simulated-session.ts";
import { type Behaviour, SimulatedTarget } from "./simulated-target.ts";
import { unwrap } from "./unwrap.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** A scenario: given an environment, when somebody deploys or rolls back, then this is seen. */
export class Scenario {
  readonly clock = new VirtualClock();
  readonly target: SimulatedTarget;
  readonly environment: Environment;
  /** What the engine said, and when. */
  readonly facts: (RolloutFact & { at: number })[] = [];
  readonly abort = new AbortController();
  approvals: Approval[] = [];
  tool = "1.0.0";
  metrics: Metrics | null = null;
  /** Somebody continues every pause at once, by this name. */
  continues: string | null = null;
  session: SimulatedSession | null = null;

  constructor(environment: Partial<Environment> = {}, requestsPerSecond = 50) {
    this.environment = sampleEnvironment(environment);
    this.target = new SimulatedTarget(this.clock, requestsPerSecond);
  }

  /** These versions have been deployed one after the other; the last one is live and the log of actions empty. */
  async live(...versions: string[]): Promise<this> {
    for (const version of versions) unwrap(await this.deploy(version));
    this.target.pass();
    this.target.actions.length = 0;
    this.target.traffic.failed.length = 0;
    this.facts.length = 0;
    return this;
  }

  behaves(version: string, behaviour: Behaviour): this {
    this.target.behaviours.set(version, behaviour);
    return this;
  }

  release(version: string): Release {
    return sampleRelease(version, this.environment);
  }

  deploy(version: string | Release, request: Partial<DeployRequest> = {}): Promise<Result<Deployed>> {
    return this.clock.run(this.deploying(version, request));
  }

  /** The same, without waiting. */
  deploying(version: string | Release, request: Partial<DeployRequest> = {}): Promise<Result<Deployed>> {
    const release = typeof version === "string" ? this.release(version) : version;
    return deploy({ ...this.request(), ...request, release });
  }

  rollback(to: string | null = null, request: Partial<EngineRequest> = {}): Promise<Result<Deployed>> {
    return this.clock.run(this.rollbackUnderWay(to, request));
  }

  /** The same, without waiting. */
  rollbackUnderWay(
    to: string | null = null,
    request: Partial<EngineRequest> = {},
  ): Promise<Result<Deployed>> {
    return rollback({ ...this.request(), ...request, to });
  }

  /** Somebody lets the canary go on. */
  promote(full = false, by = "eve"): Promise<Result<{ version: string }>> {
    const { store } = this.target.open();
    return promote({ store, environment: this.environment.name, by, full });
  }

  reconcile(): Promise<Result<{ notes: string[] }>> {
    return this.clock.run(reconcile(this.request()));
  }

  request(): EngineRequest {
    const session = this.target.open();
    this.session = session;
    return {
      deployment: session,
      environment: this.environment,
      secrets: {},
      approvals: this.approvals,
      actor: "ada",
      tool: this.tool,
      clock: this.clock,
      signal: this.abort.signal,
      ...(this.metrics === null ? {} : { metrics: this.metrics }),
      fact: (fact) => {
        this.facts.push({ ...fact, at: this.clock.now() });
        if (fact.kind === "pausing" && this.continues !== null)
          this.target.lease.promote({ by: this.continues, full: false });
      },
    };
  }

  /** Weights in force, by version. */
  weights(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.target.weights).map(([id, share]) => [this.target.name(id), share]),
    );
  }

  liveVersion(): string | null {
    return this.target.live === null ? null : this.target.name(this.target.live);
  }

  /** Versions with a running process. */
  running(): string[] {
    return Object.values(this.target.observe().releases)
      .filter((release) => Object.values(release.components).some((one) => one.state === "running"))
      .map((release) => release.version);
  }

  fact<K extends RolloutFact["kind"]>(kind: K): Extract<RolloutFact & { at: number }, { kind: K }>[] {
    return this.facts.filter(
      (fact): fact is Extract<RolloutFact & { at: number }, { kind: K }> => fact.kind === kind,
    );
  }
}
