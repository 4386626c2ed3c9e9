import { askerOf, hasPrecedence } from "../../deploy/precedence.ts";
import type { Lease, LeaseRequest, Promotion, Retire } from "../../deploy/target.ts";
import type { Failure } from "../../failure.ts";
import type { Clock } from "../../io/clock.ts";
import { fail, ok, type Result } from "../../result.ts";
import { about, first } from "./answer.ts";
import type { Fleet } from "./fleet.ts";
import type { Host, HostFailure } from "./host.ts";
import { heldFailure, holderIn, leaseFields } from "./seen.ts";

/** Longest wait (ms) for a deploy that was asked to give way, and between two looks whether it has. */
const giveWayMs = 120_000;
const lookEveryMs = 500;
/** Time (ms) between two questions for what persons said. */
const listenEveryMs = 1_000;
const soon = { timeoutMs: 30_000 };

/** The lease of a fleet: on its first host, which tells the others. */
export class FleetLease {
  readonly #fleet: Fleet;
  readonly #clock: Clock;
  /** Of the lease that is held: a sign of life that takes longer than the next ones is not waited for. */
  #ttlMs = 0;
  #asked = new AbortController();
  #listening = new AbortController();
  #promoted: (promotion: Promotion) => void = () => {};

  constructor(fleet: Fleet, clock: Clock) {
    this.#fleet = fleet;
    this.#clock = clock;
    fleet.first.heard = (lines) => this.#hear(lines);
  }

  /** Takes it on every host, or on none; `last` is the journal's last entry at that moment: its sequence and hash. */
  async acquire(request: LeaseRequest): Promise<Result<Lease & { last: string | null }>> {
    const taken = await this.#take(request);
    if (!taken.ok) return taken;
    const { token, previous, last } = taken.value;
    this.#fleet.token = token;
    this.#ttlMs = request.ttlMs;
    const followed = await this.#follow(request);
    if (!followed.ok) {
      await this.give({ warmMs: 0, drainMs: 0 });
      return followed;
    }
    this.#asked = new AbortController();
    this.#listening = new AbortController();
    void this.#listen(this.#listening.signal);
    return ok({
      token,
      previous,
      last,
      asked: this.#asked.signal,
      onPromote: (listener) => {
        this.#promoted = listener;
      },
    });
  }

  /** What persons say comes with any answer; where nothing else is asked, it is asked for. */
  async #listen(signal: AbortSignal): Promise<void> {
    const clock = this.#clock;
    while (!signal.aborted) {
      await clock.sleep(listenEveryMs, signal);
      if (!signal.aborted) await this.#fleet.first.ask(["words", this.#fleet.token], { timeoutMs: 10_000 });
    }
  }

  async #take(
    request: LeaseRequest,
  ): Promise<Result<Pick<Lease, "token" | "previous"> & { last: string | null }>> {
    const clock = this.#clock;
    const { first: host } = this.#fleet;
    const until = clock.monotonic() + giveWayMs;
    const { cause, version, supersede } = request;
    const wish = `request ${JSON.stringify({ cause, version, supersede })}`;
    const input = `${[...this.#holder(request), wish].join("\n")}\n`;
    for (let asked = false; ; ) {
      const said = await host.ask(["acquire", request.ttlMs, host.name], { input, ...soon });
      if (said.ok) {
        const { token: _, ...lost } = holderIn(said.value, "lost");
        return ok({
          token: Number(first(said.value, "token")),
          previous: lost.rollout === "" ? null : lost,
          last: first(said.value, "last"),
        });
      }
      const { failure } = said;
      if (failure.kind !== "refused" || failure.what !== "held")
        return fail(this.#refused(host, "acquire", failure));
      const held = leaseFields(about(failure.lines, "held"));
      const isBefore = hasPrecedence(request, JSON.parse(held.request ?? "{}"));
      if (!isBefore || clock.monotonic() >= until)
        return fail(heldFailure(this.#fleet.environment, failure.lines));
      if (!asked) await host.ask(["ask"], { input: `${askerOf(request)}\n`, ...soon });
      asked = true;
      await clock.sleep(lookEveryMs);
    }
  }

  /** Who takes it, as lines of the lease: every value is a JSON text. */
  #holder({ actor, version, rollout }: LeaseRequest): string[] {
    const since = new Date(this.#clock.now()).toISOString();
    return Object.entries({ actor, version, rollout, since }).map(
      ([name, value]) => `${name} ${JSON.stringify(value)}`,
    );
  }

  #refused(host: Host, action: string, failure: HostFailure): Failure {
    if (failure.kind !== "refused" || failure.what !== "elsewhere")
      return this.#fleet.failureOf(host, action, failure);
    const { environment, first: own } = this.#fleet;
    return { kind: "lease-elsewhere", environment, host: failure.words, configured: own.name };
  }

  /** The other hosts take this lease's token: no older engine changes anything there any more (B4). */
  async #follow(request: LeaseRequest): Promise<Result<void>> {
    const { token, hosts, first: own } = this.#fleet;
    const input = `${this.#holder(request).join("\n")}\n`;
    const others = hosts.filter((host) => host !== own);
    const all = await this.#fleet.each(others, (host) =>
      host.ask(["follow", token, request.ttlMs, this.#fleet.first.name], { input, ...soon }),
    );
    for (const { host, said } of all) {
      if (said.ok) continue;
      return fail(this.#refused(host, "follow", said.failure));
    }
    return ok(undefined);
  }

  async renew(): Promise<Result<void>> {
    const { token, reached, first: own } = this.#fleet;
    const timeoutMs = Math.min(10_000, this.#ttlMs / 3);
    const all = await this.#fleet.each(reached, (host) => host.ask(["renew", token], { timeoutMs }));
    for (const { host, said } of all) {
      if (said.ok) continue;
      if (host === own) return fail(this.#fleet.failureOf(host, "renew", said.failure));
      if (this.#fleet.isReturned(host, said.failure)) this.#fleet.lose(host, said.failure);
    }
    return ok(undefined);
  }

  /** Gives it back in order; what is not live any more is retired as this says. */
  async give({ warmMs, drainMs }: Retire): Promise<void> {
    const { token, reached, first: own } = this.#fleet;
    this.#listening.abort();
    if (token === 0) return;
    // The first one last: until then nobody else comes.
    const others = reached.filter((host) => host !== own);
    await this.#fleet.each(others, (host) => host.ask(["give", token, warmMs, drainMs], soon));
    await own.ask(["give", token, warmMs, drainMs], soon);
    this.#fleet.token = 0;
  }

  async promote(promotion: Promotion): Promise<Result<boolean>> {
    const { first: host } = this.#fleet;
    const said = await host.ask(["promote"], { input: `${JSON.stringify(promotion)}\n`, ...soon });
    return said.ok
      ? ok(first(said.value, "told") === "yes")
      : fail(this.#fleet.failureOf(host, "promote", said.failure));
  }

  /** From now on this host keeps the lease: every host that is reached is told; refused while somebody holds it. */
  async moveTo(name: string): Promise<Result<void>> {
    const all = await this.#fleet.each(this.#fleet.reached, (host) => host.ask(["move", name], soon));
    for (const { host, said } of all) {
      if (said.ok) continue;
      const { failure } = said;
      if (failure.kind === "refused" && failure.what === "held")
        return fail(heldFailure(this.#fleet.environment, failure.lines));
      return fail(this.#fleet.failureOf(host, "move", failure));
    }
    return ok(undefined);
  }

  #hear(lines: string[]): void {
    if (this.#fleet.token === 0) return;
    const asked = first(lines, "asked");
    if (asked !== null && !this.#asked.signal.aborted) this.#asked.abort(asked);
    for (const line of about(lines, "promotion")) {
      const promotion = promotionIn(line);
      if (promotion) this.#promoted(promotion);
    }
  }

  /** The connection goes: nothing is listened for any more. */
  close(): void {
    this.#listening.abort();
  }
}

function promotionIn(line: string): Promotion | null {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null || !("by" in value)) return null;
    return { by: String(value.by), full: "full" in value && value.full === true };
  } catch {
    return null;
  }
}
