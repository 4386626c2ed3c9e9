import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { baseEnvironment } from "../executors/host/environment.ts";
import { writeConfig } from "../init/init.ts";
import { forgotten } from "../init/leavings.ts";
import { readRepository } from "../init/read.ts";
import { writeFileAtomic } from "../io/files.ts";
import { initLines } from "../report/init-view.ts";
import type { Settings } from "./settings.ts";
import { answer, say, tellFailure } from "./terminal.ts";

export type InitOptions = { force?: boolean; dryRun?: boolean };

/** Looks at the repository and writes its configuration, or prints it; what is there stays without `--force`. */
export async function init(
  settings: Settings,
  { force = false, dryRun = false }: InitOptions,
): Promise<number> {
  const path = isAbsolute(settings.config) ? settings.config : join(settings.root, settings.config);
  if (!dryRun && !force && existsSync(path)) {
    return tellFailure({
      kind: "usage",
      got: `init, and ${settings.config} is there already`,
      expected: "a repository without it",
      remedy: "Look with --dry-run at what would be written; --force replaces the file.",
    });
  }
  const repository = await readRepository(settings.root, baseEnvironment(process.env));
  const { text, sayings, problems } = writeConfig(
    repository,
    settings.config,
    `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`,
  );
  const [problem] = problems;
  if (problem !== undefined)
    throw new Error(
      `what init made is not valid: ${problem.path}: ${problem.got}, expected ${problem.expected}`,
    );
  if (!dryRun) await writeFileAtomic(path, text);
  if (settings.json) answer({ file: settings.config, written: !dryRun, text, sayings });
  else if (dryRun) process.stdout.write(`${text}\n`);
  say(
    settings.json,
    initLines(sayings, {
      file: settings.config,
      written: !dryRun,
      ignored: forgotten(repository.text(".gitignore") ?? "", text),
      next: "read it, then `bellwether plan` and `bellwether run`",
    }),
  );
  return 0;
}
