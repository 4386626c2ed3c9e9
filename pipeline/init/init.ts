import { parseConfig } from "../config/parse.ts";
import type { Problem } from "../failure.ts";
import { draft } from "./draft.ts";
import type { Repository, Saying } from "./repository.ts";
import { survey } from "./survey.ts";
import { configText } from "./text.ts";

/** The configuration as text, what is said about it, and where it would not be valid: a defect of init's own. */
export type Written = { text: string; sayings: Saying[]; problems: Problem[] };

/** Writes a configuration for a repository from what is in it. */
export function writeConfig(repository: Repository, file: string, platform: string): Written {
  const drafted = draft(survey(repository, platform));
  const text = configText(drafted);
  const present = new Set(repository.files);
  const parsed = parseConfig(text, file, {
    has: (path) => present.has(path) || repository.files.some((each) => each.startsWith(`${path}/`)),
    text: (path) => repository.text(path),
  });
  const problems = parsed.ok || parsed.failure.kind !== "config-invalid" ? [] : parsed.failure.problems;
  return { text, sayings: drafted.sayings, problems };
}
