import type { ScanDocument } from "../../evidence.ts";
import { scanCommits } from "../../findings/secrets/commits.ts";
import { createPatchReader, logArguments } from "../../findings/secrets/patch.ts";
import type { Desk } from "../desk.ts";
import { incomplete, ours } from "./documents.ts";
import { printed } from "./programs.ts";

/** Looks for secrets in the commits since `wanted` (auto: since the change left its base branch). */
export async function inCommits(
  desk: Desk,
  root: string,
  wanted: string,
  counts: (path: string) => boolean,
): Promise<ScanDocument> {
  const base = wanted === "auto" ? await forkPoint(desk, root) : wanted;
  if (base === null)
    return incomplete(
      "bellwether",
      "the commits of this change are not known: neither its base branch nor a default branch is in this clone (fetch it, with full history)",
    );
  const patch = createPatchReader();
  const log = await printed(desk, ["git", ...logArguments(base)], root, patch.line);
  if (log.ok && log.value.exitCode === 0)
    return scanCommits(
      patch.end().filter(({ path }) => counts(path)),
      ours,
    );
  const why = log.ok ? log.value.lastWords : log.failure;
  return incomplete("bellwether", `the commits since ${base} cannot be read: ${why}`);
}

/** Where the change left its base branch: the one that the pull request names, or the default one. */
async function forkPoint(desk: Desk, root: string): Promise<string | null> {
  const named = desk.variables.GITHUB_BASE_REF;
  const branches = ["origin/HEAD", "origin/main", "origin/master", "main", "master"];
  for (const branch of named ? [`origin/${named}`] : branches) {
    const found = await printed(desk, ["git", "merge-base", branch, "HEAD"], root);
    if (found.ok && found.value.exitCode === 0) return found.value.text.trim();
  }
  return null;
}
