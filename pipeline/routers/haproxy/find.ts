import satisfies from "semver/functions/satisfies.js";
import type { Processes } from "../../io/process.ts";
import { askVersion, findProgram } from "../../io/program.ts";
import { fail, ok, type Result } from "../../result.ts";

/** Versions that have everything which the configuration uses. */
const range = ">=2.4";

/** Where systems put it and what a user's PATH may leave out. */
const systemDirectories = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/opt/homebrew/sbin"];

export type FoundHaproxy = { program: string; version: string };

/** The HAProxy of this machine: `tool-missing`, or `tool-too-old` where it is older than 2.4. */
export async function findHaproxy(
  processes: Processes,
  { path, wantedBy, besides = systemDirectories }: { path: string; wantedBy: string; besides?: string[] },
): Promise<Result<FoundHaproxy>> {
  const about = { tool: "haproxy", range, wantedBy };
  const search = [path, ...besides].join(":");
  const program = findProgram("haproxy", search);
  if (program === null) return fail({ kind: "tool-missing", ...about });
  const version = await askVersion(processes, {
    probe: [program, "-v"],
    environment: { PATH: search },
    directory: "/",
  });
  if (version.ok && satisfies(version.value, range, { includePrerelease: true })) {
    return ok({ program, version: version.value });
  }
  const got = version.ok ? version.value : version.failure;
  return fail({ kind: "tool-too-old", ...about, got, path: program });
}
