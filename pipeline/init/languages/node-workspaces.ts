import { posix } from "node:path";
import type { CheckDraft } from "../part.ts";
import { at, type Repository, textOf } from "../repository.ts";
import { isTypes, judgesOnly, rewrites } from "./node-judging.ts";
import type { Manager, NodeProject } from "./node-project.ts";
import { expanded, piecesOf, programOf } from "./node-scripts.ts";
import type { Surroundings } from "./surroundings.ts";

/** A project with its workspaces. */
export type Family = { project: NodeProject; manager: Manager; members: NodeProject[]; around: Surroundings };

/** Scripts that lint, format or check types, under the names that people give them. */
export const lintScripts =
  /^(lint|(format|fmt)[:-]check|check[:-](format|formatting)|check|type-?check|types|check[:-]types|types[:-]check|lint[:-]types)$/;

/** Whether a script of one of those names does what the name says, as far as it can be read. */
export const judges = (script: string, name: string, { scripts }: NodeProject): boolean =>
  name === "lint" || expanded(piecesOf(script), scripts).every((piece) => judgesOnly(piece, scripts));

/** Checks that only workspaces have: each is asked of all that have it, by the names that the root does not have. */
export function memberChecks(family: Family, taken: string[]): Record<string, CheckDraft> {
  const { project, members, around } = family;
  const names = new Set(members.flatMap(({ scripts }) => Object.keys(scripts)));
  const found: Record<string, CheckDraft> = {};
  for (const name of [...names].filter(
    (each) => lintScripts.test(each) && project.scripts[each] === undefined,
  )) {
    const having = members.filter((each) => {
      const script = each.scripts[name];
      return script !== undefined && judges(script, name, each);
    });
    const writing = having.filter(({ scripts }) =>
      expanded(piecesOf(scripts[name] ?? ""), scripts).some((piece) => rewrites(piece, scripts)),
    );
    for (const each of writing)
      around.say({
        kind: "unknown",
        what: `what the script ${name} of ${each.directory} finds: it rewrites the sources that it judges`,
        remedy: "take --fix or --write out of that script, then run it with the others under checks.lint",
      });
    const asked = having.filter((each) => !writing.includes(each));
    const key = keyOf(name, asked, [...taken, ...Object.keys(found)]);
    if (asked.length > 0 && key !== null) found[key] = { run: inMembers(family, name, asked) };
  }
  return found;
}

function keyOf(name: string, members: NodeProject[], taken: string[]): string | null {
  const types =
    name !== "lint" &&
    members.every(({ scripts }) =>
      expanded(piecesOf(scripts[name] ?? ""), scripts).every((piece) => {
        const program = programOf(piece, scripts);
        return program !== null && isTypes(program);
      }),
    );
  return (
    [...(types ? ["types"] : []), name.replaceAll(":", "-")].find((each) => !taken.includes(each)) ?? null
  );
}

/** A script in those workspaces: in words that hold for all of them, where all that have it are asked. */
export function inMembers(
  { project, manager, members, around }: Family,
  script: string,
  asked: NodeProject[],
): string {
  const all = members.filter(({ scripts }) => scripts[script] !== undefined).length === asked.length;
  const paths = asked.map(({ directory }) => posix.relative(project.directory, directory));
  switch (manager) {
    case "pnpm":
      return all
        ? `pnpm --recursive --if-present run ${script}`
        : `pnpm ${paths.map((path) => `--filter ./${path}`).join(" ")} run ${script}`;
    case "yarn":
      return inYarn(around.repository, project, script, asked, all);
    case "bun":
      return asked.map(({ name }) => `bun run --filter ${name} ${script}`).join(" && ");
    default:
      return all
        ? `npm run ${script} --workspaces --if-present`
        : `npm run ${script} ${paths.map((path) => `--workspace ${path}`).join(" ")}`;
  }
}

/** Yarn 1 fails at the first workspace without the script; later ones pass it over, by a plugin until 4. */
function inYarn(
  repository: Repository,
  project: NodeProject,
  script: string,
  asked: NodeProject[],
  all: boolean,
): string {
  const major = yarnOf(repository, project);
  const plugin = project.files.some((path) => /^\.yarn\/plugins\/.*workspace-tools/.test(path));
  if (major === 1 || (major < 4 && !plugin))
    return asked.map(({ name }) => `yarn workspace ${name} run ${script}`).join(" && ");
  // All of them are the root, too, and a script whose name has a colon runs wherever one workspace has it.
  const plain = all && project.scripts[script] === undefined && !script.includes(":");
  const named = plain ? "" : asked.map(({ name }) => ` --include ${name}`).join("");
  return `yarn workspaces foreach --all${named} run ${script}`;
}

/** Yarn's major version; 1 where nothing tells of a later one. */
export function yarnOf(repository: Repository, { directory, files, manifest }: NodeProject): number {
  const written = /^yarn@(\d+)/.exec(textOf(manifest.packageManager) ?? "")?.[1];
  if (written !== undefined) return Number(written);
  if (!files.includes(".yarnrc.yml")) return 1;
  const path = /^yarnPath:.*yarn-(\d+)/m.exec(repository.text(at(directory, ".yarnrc.yml")) ?? "")?.[1];
  return Number(path ?? 4);
}
