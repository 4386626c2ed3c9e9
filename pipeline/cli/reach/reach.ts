import type { Reach, ReachPlace } from "./way.ts";

/** The way to an environment, by what runs it. What reaches hosts is loaded only where it is needed. */
export async function reach(place: ReachPlace): Promise<Reach> {
  const { target } = place.environment;
  if (target.kind === "local") {
    const { reachLocally } = await import("./local.ts");
    return reachLocally(place, target);
  }
  const { reachHosts } = await import("./hosts.ts");
  return reachHosts(place, target);
}
