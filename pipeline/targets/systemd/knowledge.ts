import { fail, ok, type Result } from "../../result.ts";
import type { Fleet } from "./fleet.ts";
import type { Host } from "./host.ts";
import type { HostRouter } from "./host-router.ts";
import type { Seen } from "./merge.ts";
import { readSeen } from "./seen.ts";

/** Time limit (ms) of a look at one host: less than the engine waits, so that it hears which host it was. */
const lookMs = 4_500;

/** What is known of the fleet between two commands: directories of releases, and ports, as they were last seen. */
export class Knowledge {
  seen: Seen[] = [];
  /** How often something was placed on this connection. */
  placed = 0;
  /** Hosts that take traffic, in the order of the configuration. */
  readonly fronts: readonly Host[];
  readonly #fleet: Fleet;
  readonly #sharesOf: HostRouter["shares"];

  constructor(fleet: Fleet, fronts: readonly Host[], sharesOf: HostRouter["shares"]) {
    this.#fleet = fleet;
    this.fronts = fronts;
    this.#sharesOf = sharesOf;
  }

  /** Looks at every host; one that does not answer takes no part from then on, but for a fleet of one. */
  async look(): Promise<Result<Seen[]>> {
    const fleet = this.#fleet;
    const all = await fleet.each(fleet.reached, (host) =>
      host.ask(["observe", fleet.token || "none"], { timeoutMs: lookMs }),
    );
    const seen = new Map<Host, Seen["seen"]>();
    for (const { host, said } of all) {
      if (said.ok) seen.set(host, readSeen(said.value, this.#sharesOf));
      else if (fleet.hosts.length > 1 && said.failure.kind === "unknown" && fleet.token > 0)
        fleet.lose(host, said.failure);
      else return fail(fleet.failureOf(host, "observe", said.failure));
    }
    if (seen.size === 0)
      return fail({ kind: "target-failed", action: "observe", reason: "no host can be reached" });
    this.seen = fleet.hosts.map((host) => ({
      host: host.name,
      front: this.fronts.includes(host),
      seen: seen.get(host) ?? null,
    }));
    return ok(this.seen);
  }

  /** What is known; nobody has looked yet: what is there. */
  async once(): Promise<Result<Seen[]>> {
    return this.seen.length > 0 ? ok(this.seen) : this.look();
  }

  directory(release: string): string | null {
    for (const { seen } of this.seen) {
      const found = seen?.releases[release];
      if (found) return found.directory;
    }
    return null;
  }

  /** Whether a component was seen running wherever it is placed. */
  runs(release: string, component: string): boolean {
    const units = this.seen.flatMap(({ seen }) => seen?.releases[release]?.components[component] ?? []);
    return units.length > 0 && units.every(({ state }) => state === "running");
  }

  get live(): string | null {
    return this.seen.find(({ seen }) => seen !== null)?.seen?.live ?? null;
  }
}
