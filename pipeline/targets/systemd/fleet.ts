import type { Failure } from "../../failure.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Host, HostFailure } from "./host.ts";

/** Hosts that are one environment. The first one holds the lease and the journal. */
export class Fleet {
  readonly environment: string;
  readonly hosts: readonly Host[];
  readonly first: Host;
  readonly #parallel: number;
  /** Hosts that were lost after the engine had begun with them, and why: they return to the live release by themselves. */
  readonly cutOff = new Map<Host, string>();
  /** The fencing token of this connection's lease; 0: it has none. */
  token = 0;

  constructor(environment: string, hosts: readonly Host[], first: Host, parallel: number) {
    this.environment = environment;
    this.hosts = hosts;
    this.first = first;
    this.#parallel = parallel;
  }

  get reached(): Host[] {
    return this.hosts.filter((host) => !this.cutOff.has(host));
  }

  /** Hosts that have one of these components. */
  having(components: readonly string[]): Host[] {
    return this.hosts.filter(({ spec }) => spec.components.some((name) => components.includes(name)));
  }

  /** Does one thing on several hosts, a few at a time; what each said, in their order. */
  async each<T>(
    hosts: readonly Host[],
    work: (host: Host) => Promise<Result<T, HostFailure>>,
  ): Promise<{ host: Host; said: Result<T, HostFailure> }[]> {
    const done: { host: Host; said: Result<T, HostFailure> }[] = [];
    const rest = [...hosts.entries()];
    const one = async (): Promise<void> => {
      for (let next = rest.shift(); next; next = rest.shift()) {
        const [at, host] = next;
        done[at] = { host, said: await work(host) };
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.#parallel, hosts.length) }, one));
    return done;
  }

  /**
   * An effect that goes forward: on all of these hosts, or it failed. Nothing is begun while one of the fleet is lost.
   */
  async forward<T>(
    action: string,
    hosts: readonly Host[],
    work: (host: Host) => Promise<Result<T, HostFailure>>,
  ): Promise<Result<T[]>> {
    for (const [host, reason] of this.cutOff)
      return fail({ kind: "target-failed", action, reason: `${host.name} was lost: ${reason}` });
    const all = await this.each(hosts, work);
    const found: T[] = [];
    for (const { host, said } of all) {
      if (said.ok) found.push(said.value);
      else return fail(this.failureOf(host, action, said.failure));
    }
    return ok(found);
  }

  /**
   * An effect on the way home: a host that does not answer goes there by itself, by its own timer. It is done once all
   * the others have done it, and there is one at least.
   */
  async home<T>(
    action: string,
    hosts: readonly Host[],
    work: (host: Host) => Promise<Result<T, HostFailure>>,
  ): Promise<Result<T[]>> {
    const all = await this.each(
      hosts.filter((host) => !this.cutOff.has(host)),
      work,
    );
    // Whoever has no lease on the first host has none anywhere: the others are not lost for it.
    const own = all.find(({ host }) => host === this.first);
    if (own && !own.said.ok && own.said.failure.kind === "refused")
      return fail(this.failureOf(own.host, action, own.said.failure));
    const found: T[] = [];
    let last: Failure | null = null;
    for (const { host, said } of all) {
      if (said.ok) found.push(said.value);
      else if (said.failure.kind === "unknown" || this.isReturned(host, said.failure)) {
        this.lose(host, said.failure);
        last = this.failureOf(host, action, said.failure);
      } else return fail(this.failureOf(host, action, said.failure));
    }
    return found.length > 0 || hosts.length === 0 || last === null ? ok(found) : fail(last);
  }

  /** Another host than the first one had no word of us for its whole time to live. */
  isReturned(host: Host, failure: HostFailure): boolean {
    return host !== this.first && failure.kind === "refused" && failure.what === "lease-lost";
  }

  lose(host: Host, failure: HostFailure): void {
    if (this.hosts.length === 1 || this.cutOff.has(host)) return;
    this.cutOff.set(host, reasonOf(failure));
  }

  /** What a host's word comes to for whoever asked. */
  failureOf(host: Host, action: string, failure: HostFailure): Failure {
    if (failure.kind === "refused" && failure.what === "lease-lost" && host === this.first)
      return {
        kind: "lease-lost",
        environment: this.environment,
        token: this.token,
        current: Number(failure.words) > this.token ? Number(failure.words) : null,
      };
    return { kind: "target-failed", action, reason: `${host.name}: ${reasonOf(failure)}` };
  }
}

function reasonOf(failure: HostFailure): string {
  if (failure.kind === "unknown") return failure.reason;
  return failure.what === "lease-lost"
    ? "it had no sign of life for its whole time to live, and went back to its live release by itself"
    : failure.words || failure.what;
}
