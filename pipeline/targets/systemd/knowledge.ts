import { fail, ok, type Result } from "../../result.ts";
import type { Fleet } from "./fleet.ts";
import type { Host } from "./host.ts";
import type { HostRouter } from "./host-router.ts";
import type { Seen } from "./merge.ts";
import { readSeen } from "./seen.ts";

const seconds = 1_000;

/** What is known of the fleet between two commands: directories of releases, and ports, as they were last seen. */
export class Knowledge {
  seen: Seen[] = [];
  readonly sharesOf: HostRouter["shares"];

  constructor(sharesOf: HostRouter["shares"]) {
    this.sharesOf = sharesOf;
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

/** Looks at every host; one that does not answer takes no part from then on, but for a fleet of one. */
export async function look(
  fleet: Fleet,
  known: Knowledge,
  fronts: ReadonlySet<Host>,
): Promise<Result<Seen[]>> {
  const all = await fleet.each(fleet.reached, (host) =>
    host.ask(["observe", fleet.token || "none"], { timeoutMs: 20 * seconds }),
  );
  const seen = new Map<Host, Seen["seen"]>();
  for (const { host, said } of all) {
    if (said.ok) seen.set(host, readSeen(said.value, known.sharesOf));
    else if (fleet.hosts.length > 1 && said.failure.kind === "unknown" && fleet.token > 0)
      fleet.lose(host, said.failure);
    else return fail(fleet.failureOf(host, "observe", said.failure));
  }
  if (seen.size === 0)
    return fail({ kind: "target-failed", action: "observe", reason: "no host can be reached" });
  known.seen = fleet.hosts.map((host) => ({
    host: host.name,
    components: host.spec.components,
    front: fronts.has(host),
    seen: seen.get(host) ?? null,
  }));
  return ok(known.seen);
}
