import { realpathSync } from "node:fs";
import { basename } from "node:path";
import satisfies from "semver/functions/satisfies.js";
import type { Failure } from "../../failure.ts";
import type { Processes } from "../../io/process.ts";
import { askVersion, findProgram } from "../../io/program.ts";
import type { HermeticStep, ToolNeed } from "../../plan/plan.ts";
import { fail, ok, type Result } from "../../result.ts";

/** The host's programs and their versions; each is asked once in a run. */
export interface Tools {
  /** The version (semver) of a tool that fits, or why it does not. */
  resolve(need: ToolNeed, wantedBy: string): Promise<Result<string>>;
  /** Versions by tool name, or the first tool that does not fit. */
  versions(step: HermeticStep): Promise<Result<Record<string, string>>>;
}

/** Programs that rustup stands for: their first call fetches the toolchain that the checkout asks for, within this time (ms). */
const fetching = { names: ["cargo", "rustc"], limitMs: 10 * 60_000 };

type Asked = { path: string; version: Result<string, string> } | null;

/** `environment` is what the programs are asked with; they are found on its PATH. */
export function createTools(processes: Processes, root: string, environment: Record<string, string>): Tools {
  const known = new Map<string, Promise<Asked>>();

  const ask = async (probe: string[]): Promise<Asked> => {
    const path = findProgram(probe[0] ?? "", environment.PATH ?? "", root);
    if (path === null) return null;
    // Our own interpreter needs no process to tell its version.
    if (
      probe.length === 2 &&
      probe[1] === "--version" &&
      realpathSync(path) === realpathSync(process.execPath)
    ) {
      return { path, version: ok(process.versions.node) };
    }
    const question = { probe: [path, ...probe.slice(1)], environment, directory: root };
    const limit = fetching.names.includes(basename(path)) ? { limitMs: fetching.limitMs } : {};
    return { path, version: await askVersion(processes, { ...question, ...limit }) };
  };

  const resolve = async (need: ToolNeed, wantedBy: string): Promise<Result<string>> => {
    const id = JSON.stringify(need.probe);
    const asking = known.get(id) ?? ask(need.probe);
    known.set(id, asking);
    const asked = await asking;
    const about = { tool: need.name, range: need.range, wantedBy };
    if (asked === null) return fail<Failure>({ kind: "tool-missing", ...about });
    const { path, version } = asked;
    if (version.ok && satisfies(version.value, need.range, { includePrerelease: true }))
      return ok(version.value);
    return fail<Failure>({
      kind: "tool-too-old",
      ...about,
      got: version.ok ? version.value : version.failure,
      path,
    });
  };

  return {
    resolve,
    async versions(step) {
      const found: Record<string, string> = {};
      for (const need of step.tools) {
        const version = await resolve(need, step.id);
        if (!version.ok) return version;
        found[need.name] = version.value;
      }
      return ok(found);
    },
  };
}
