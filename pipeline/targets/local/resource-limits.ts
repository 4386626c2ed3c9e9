import type { ResourceLimits } from "../../config/config.ts";
import { sizeText } from "../../config/units.ts";
import type { Release } from "../../deploy/release.ts";
import type { UnheldLimit } from "../../deploy/resources.ts";
import type { Processes } from "../../io/process.ts";
import { fail, ok, type Result } from "../../result.ts";
import { showsMemory } from "./usage.ts";

/** Sets the limit of open files, hard and soft, then becomes the program: what it starts inherits it. */
const limited = 'ulimit -n "$0" && exec "$@"';

/** A command as it is started so that it keeps the limits of its component. */
export const heldTo = (limits: ResourceLimits | undefined, argv: string[]): string[] =>
  limits?.openFiles ? ["sh", "-c", limited, String(limits.openFiles), ...argv] : argv;

/** What limits are tried with: the same processes, and the same PATH, as those that will have to keep them. */
export type LimitTrial = { processes: Processes; path: string; proc?: string };

/** A release, or what it will be made of. */
export type Limited = Pick<Release, "environment" | "version"> & {
  components: Pick<Release["components"][number], "name" | "limits">[];
};

/** Whether this machine would hold a release to its limits: each is tried, `limit-not-held` names those it would not. */
export async function supportsLimits(release: Limited, trial: LimitTrial): Promise<Result<void>> {
  const asked = await Promise.all(
    release.components.flatMap(({ name, limits }) => [
      files(name, limits?.openFiles ?? null, trial),
      memory(name, limits?.memoryBytes ?? null, trial),
    ]),
  );
  const limits = asked.filter((one) => one !== null);
  const { environment, version } = release;
  return limits.length === 0 ? ok(undefined) : fail({ kind: "limit-not-held", environment, version, limits });
}

async function files(
  component: string,
  wanted: number | null,
  { processes, path }: LimitTrial,
): Promise<UnheldLimit | null> {
  if (wanted === null) return null;
  const said: string[] = [];
  const tried = await processes.run(
    {
      argv: heldTo({ memoryBytes: null, openFiles: wanted }, ["true"]),
      directory: "/",
      environment: { PATH: path },
      output: (_stream, line) => said.push(line),
    },
    { timeoutMs: 5_000, graceMs: 0 },
  );
  if (tried.ok && tried.value.exitCode === 0) return null;
  const reason = tried.ok
    ? (said.at(-1)?.replace(/^.*ulimit: /, "") ?? "the system refuses it")
    : tried.failure;
  return { component, limit: "open-files", wanted: String(wanted), reason };
}

async function memory(
  component: string,
  wanted: number | null,
  { proc }: LimitTrial,
): Promise<UnheldLimit | null> {
  if (wanted === null || (await showsMemory(proc))) return null;
  const reason = "this system does not show what a process holds (no /proc)";
  return { component, limit: "memory", wanted: sizeText(wanted), reason };
}
