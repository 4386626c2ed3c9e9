import type { Drift } from "./drift.ts";
import type { RotatedSecret } from "./journal.ts";
import type { Observation } from "./target.ts";

/** Weights that nobody set by a rollout; asked while none is under way. Nothing served is no drift: it is stopped. */
export function weightDrift(seen: Observation): Drift[] {
  const { live, weights } = seen;
  const shares = Object.entries(weights).filter(([, weight]) => weight > 0);
  if (live === null || shares.length === 0 || (shares.length === 1 && weights[live] === 100)) return [];
  const version = versionIn(seen, live);
  const found = shares.map(([release, weight]) => `${versionIn(seen, release)} ${weight} %`).join(", ");
  return [{ release: live, version, what: "weights", expected: `${version} 100 %`, found, placeable: false }];
}

/** The secrets that differ between an older release, which is to run again, and the live one. */
export function rotatedSecrets(seen: Observation, release: string): RotatedSecret[] {
  const live = seen.live === null ? undefined : seen.releases[seen.live]?.secrets;
  const used = Object.entries(seen.releases[release]?.secrets ?? {});
  return used.flatMap(([name, version]) => {
    const now = live?.[name];
    return now === undefined || now === version ? [] : [{ name, used: version, live: now }];
  });
}

const versionIn = (seen: Observation, release: string): string => seen.releases[release]?.version ?? release;
