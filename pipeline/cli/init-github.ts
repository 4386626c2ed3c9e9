import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { engineVersion } from "../executors/dagger/engine-version.ts";
import type { Saying } from "../init/repository.ts";
import { care } from "../init/workflows/care.ts";
import { factsOf, type Tool } from "../init/workflows/facts.ts";
import { workflowFiles } from "../init/workflows/files.ts";
import { made } from "../init/workflows/parts.ts";
import { workflowSayings } from "../init/workflows/sayings.ts";
import { isMissing, writeFileAtomic } from "../io/files.ts";
import { initLines } from "../report/init-view.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Settings } from "./settings.ts";
import { readConfig } from "./subject.ts";
import { answer, say, tellFailure } from "./terminal.ts";

export type GithubOptions = { force?: boolean; dryRun?: boolean; module?: string };

/**
 * Writes the workflows of the configured repository. A file that stands in their place and was not made so stays
 * without `--force`; then nothing is written.
 */
export async function initGithub(settings: Settings, options: GithubOptions): Promise<number> {
  const config = await readConfig(settings);
  if (!config.ok) return tellFailure(config.failure);
  const tool = toolOf(settings.root, options.module);
  if (!tool.ok) return tellFailure(tool.failure);
  const files = workflowFiles(factsOf(config.value, tool.value, engineVersion));
  const foreign = options.force ? [] : await notOurs(settings.root, Object.keys(files));
  // A team may have these already, for more than workflows: they stay, and what belongs into them is said.
  const kept = foreign.filter((path) => path in care);
  const others = foreign.filter((path) => !(path in care));
  for (const path of kept) delete files[path];
  if (others.length > 0 && !options.dryRun)
    return tellFailure({
      kind: "usage",
      got: `init --github, and ${others.join(", ")} is there already`,
      expected: "files that it made itself, or none",
      remedy: "Look with --dry-run at what would be written; --force replaces them.",
    });
  if (!options.dryRun)
    for (const [path, text] of Object.entries(files)) await writeFileAtomic(join(settings.root, path), text);
  tell(settings, workflowSayings(config.value, kept), files, options.dryRun === true);
  return 0;
}

function tell(settings: Settings, sayings: Saying[], files: Record<string, string>, dry: boolean): void {
  if (settings.json) answer({ written: !dry, files, sayings });
  else if (dry)
    for (const [path, text] of Object.entries(files)) process.stdout.write(`# ${path}\n${text}\n`);
  const listed = Object.keys(files).join(", ");
  say(
    settings.json,
    initLines(sayings, {
      file: listed,
      written: !dry,
      ignored: [],
      next: "read them, and set up on GitHub what is named above (docs/github.md)",
    }),
  );
}

/** Paths at which something stands that was not made by this command. */
async function notOurs(root: string, paths: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths)
    try {
      if (!(await readFile(join(root, path), "utf8")).startsWith(made)) found.push(path);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  return found;
}

/** The repository of the pipeline itself is its own tool; every other one names where it is, and at which commit. */
function toolOf(root: string, module: string | undefined): Result<Tool> {
  if (module === undefined && isOwn(root)) return ok(null);
  const named = /^([\w.-]+\/[\w.-]+)@([0-9a-f]{40})$/.exec(module ?? "");
  if (named?.[1] !== undefined && named[2] !== undefined)
    return ok({ repository: named[1], commit: named[2] });
  return fail({
    kind: "usage",
    got: module === undefined ? "no --module" : `the module ${JSON.stringify(module)}`,
    expected:
      "where Bellwether is on GitHub, and at which commit: OWNER/REPOSITORY@ and 40 hexadecimal digits",
    remedy:
      "Write for example `init --github --module acme/bellwether@COMMIT`, with the commit that was reviewed.",
  });
}

function isOwn(root: string): boolean {
  if (!existsSync(join(root, "pipeline", "src", "index.ts"))) return false;
  try {
    return JSON.parse(readFileSync(join(root, "dagger.json"), "utf8")).name === "bellwether";
  } catch {
    return false;
  }
}
