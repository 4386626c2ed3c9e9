import type { CheckDraft } from "../part.ts";
import { isTypes } from "./node-judging.ts";
import { ofLintScript } from "./node-lint-script.ts";
import { besideOurs } from "./node-prettier.ts";
import { launcherOf, type NodeProject } from "./node-project.ts";
import { expanded, piecesOf, programOf, readOf } from "./node-scripts.ts";
import { typeChecks } from "./node-types.ts";
import { type Family, lintScripts, memberChecks } from "./node-workspaces.ts";

type Found = Record<string, CheckDraft>;

/** Checks by the scripts of a project and of its workspaces, then by the linters that no script runs. */
export function linters(family: Family): Found {
  const { project, manager, around } = family;
  const { packages, files } = project;
  const names = namesOf(project);
  const found: Found = {};
  const covered = new Set<string>();
  for (const name of names) Object.assign(found, ofLintScript(family, name, names, covered));
  Object.assign(found, memberChecks(family, Object.keys(found)));
  const seen = seenBy(family, names);
  const has = (...names: RegExp[]) => files.some((path) => names.some((each) => each.test(path)));
  const launch = (command: string) => ({ run: `${launcherOf(manager)} ${command}` });
  if (!seen("eslint") && packages.has("eslint") && has(/^(eslint\.config\.\w+|\.eslintrc(\.\w+)?)$/))
    found.eslint = launch("eslint .");
  if (!seen("biome") && packages.has("@biomejs/biome")) found.biome = launch("biome ci .");
  if (!seen("prettier") && packages.has("prettier") && has(/^(\.prettierrc(\.\w+)?|prettier\.config\.\w+)$/))
    found.prettier = launch(besideOurs("prettier --check .", around));
  const typed = seen("types") || Object.keys(found).some((name) => /types?|typecheck/.test(name));
  if (!typed && packages.has("typescript") && files.includes("tsconfig.json") && !packages.has("svelte"))
    Object.assign(found, typeChecks(project, manager, around));
  return found;
}

/** Scripts of linters, the one named lint first: what it checks others may only repeat. */
const namesOf = ({ scripts }: NodeProject): string[] =>
  Object.keys(scripts)
    .filter((name) => lintScripts.test(name))
    .sort((one, other) => Number(other === "lint") - Number(one === "lint"));

/** Whether a linter is run by a script of the project, or by one that all workspaces are asked for. */
function seenBy({ project, members }: Family, names: string[]): (linter: string) => boolean {
  const ran = (names: string[], { scripts }: NodeProject) =>
    names.flatMap((name) =>
      expanded(piecesOf(scripts[name] ?? ""), scripts).map((piece) => programOf(piece, scripts)),
    );
  const programs = [...ran(names, project), ...members.flatMap((each) => ran(namesOf(each), each))];
  return (linter) =>
    programs.some((program) => {
      if (program === null) return false;
      if (linter === "types") return isTypes(program);
      return (
        readOf(program) === linter ||
        (linter === "eslint" && /^(next|ng|vue-cli-service) lint\b/.test(program.words))
      );
    });
}
