import type { ResourceLimits } from "../config/config.ts";
import { sizeText } from "../config/units.ts";

/** A limit of a release that the target would not hold, as the config writes it, and why not. */
export type UnheldLimit = {
  component: string;
  limit: "memory" | "open-files";
  wanted: string;
  reason: string;
};

/** A component held more memory than it may, and the target ended it. `at` is ms since the epoch, sizes are bytes. */
export type Overrun = { at: number; usedBytes: number; allowedBytes: number };

/** Limits as a release has them: none where nothing is limited, as in releases of before. */
export const limitsIn = (limits: ResourceLimits): { limits?: ResourceLimits } =>
  limits.memoryBytes === null && limits.openFiles === null ? {} : { limits };

/** All limits of a release by component and name, in the words of the config: "api memory" → "512Mi". */
export function resourcesOf(release: {
  components: { name: string; limits?: ResourceLimits }[];
}): Record<string, string> {
  const named = release.components.flatMap(({ name, limits }) => [
    ...(limits?.memoryBytes ? [[`${name} memory`, sizeText(limits.memoryBytes)]] : []),
    ...(limits?.openFiles ? [[`${name} open-files`, String(limits.openFiles)]] : []),
  ]);
  return Object.fromEntries(named);
}

/** What an overrun comes to, in a few words. */
export const overrunReason = ({ usedBytes, allowedBytes }: Omit<Overrun, "at">): string =>
  `it held ${sizeText(usedBytes)} of memory, ${sizeText(allowedBytes)} are allowed`;

/** An observation, as far as it tells of overruns. */
type SeenOverruns = {
  releases: Record<string, { version: string; components: Record<string, { overrun?: Overrun }> }>;
};

/** The last overrun of each component that is seen, as short notes; `when` writes a time. */
export const overrunNotes = ({ releases }: SeenOverruns, when: (at: number) => string): string[] =>
  Object.values(releases).flatMap(({ version, components }) =>
    Object.entries(components).flatMap(([name, { overrun }]) =>
      overrun ? [`${name} of ${version} was ended at ${when(overrun.at)}: ${overrunReason(overrun)}`] : [],
    ),
  );
