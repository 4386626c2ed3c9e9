import type { CheckDraft } from "../part.ts";
import { handsToNobody } from "./node-delegates.ts";
import { isTypes, judgesOnly, prepares, rewrites, sparing } from "./node-judging.ts";
import { besideOurs, sayOurs } from "./node-prettier.ts";
import { launcherOf, scriptOf } from "./node-project.ts";
import { expanded, type Program, piecesOf, programOf, readOf, referenceOf } from "./node-scripts.ts";
import { onlyRefers } from "./node-types.ts";
import { type Family, judges } from "./node-workspaces.ts";

type Found = Record<string, CheckDraft>;

/**
 * A script of linters as checks. What another script has as a check already (one of `names`, or a command in
 * `covered`) is not written again.
 */
export function ofLintScript(family: Family, name: string, names: string[], covered: Set<string>): Found {
  const { project, around } = family;
  const { scripts } = project;
  const script = scripts[name] ?? "";
  if (handsToNobody(script, family)) {
    sayNobody(family, name);
    return {};
  }
  if (!judges(script, name, project)) {
    sayMore(family, name);
    return {};
  }
  const others = names.filter((each) => each !== name);
  const pieces = piecesOf(script).filter(
    (piece) => !others.includes(referenceOf(piece, scripts)?.name ?? ""),
  );
  const all = expanded(pieces, scripts);
  const left = all.filter((piece) => !covered.has(piece));
  if (left.every((piece) => isPreparing(piece, scripts))) return {};
  for (const piece of all.filter((each) => !isPreparing(each, scripts))) covered.add(piece);
  const writing = left.some((piece) => rewrites(piece, scripts));
  const written = writing || left.length < all.length || pieces.length < piecesOf(script).length;
  const programs = (written ? left : pieces).map((piece) => programOf(piece, scripts));
  const found = apart(programs, family, written) ?? (written ? together(programs, name, family) : null);
  if (found === null && writing) {
    around.say({
      kind: "unknown",
      what: `what the script ${name} finds: it rewrites the sources that it judges (\`${script}\`)`,
      remedy: "add its linters to checks.lint, without --fix and --write",
    });
    return {};
  }
  if (found === null) return asScript(family, name, all);
  if (writing)
    around.say({
      kind: "guessed",
      what: `the script ${name} is written as ${Object.values(found)
        .map(({ run }) => `\`${run}\``)
        .join(", ")}`,
      because: `\`${script}\` rewrites the sources that it judges, and a check leaves them as they are`,
    });
  return found;
}

const sayNobody = ({ project, around }: Family, name: string): void =>
  around.say({
    kind: "unknown",
    what: `what the script ${name} finds: it asks workspaces (\`${project.scripts[name]}\`), and none of them has that`,
    remedy: "give the workspaces such a script, or take this one away: it passes and has looked at nothing",
  });

function sayMore({ project, manager, around }: Family, name: string): void {
  const { scripts } = project;
  const pieces = expanded(piecesOf(scripts[name] ?? ""), scripts);
  around.say({
    kind: "unknown",
    what: `whether the script ${name} is a linter: it runs \`${pieces.find((piece) => !judgesOnly(piece, scripts))}\``,
    remedy: `add \`${scriptOf(manager, name)}\` to checks.lint if it judges sources and nothing else`,
  });
}

function isPreparing(piece: string, scripts: Record<string, string>): boolean {
  const program = programOf(piece, scripts);
  return program !== null && prepares(program);
}

const called = (program: Program, { manager, around }: Family): string => {
  const { env, words } = sparing(program);
  // A program that is called by its path needs nobody to find it.
  const launch = /^\S*\//.test(words) && !words.startsWith("@") ? "" : `${launcherOf(manager)} `;
  return `${env}${launch}${besideOurs(words, around)}`;
};

/** Known linters are written as those, one check each: then all of them run, and each is read. */
function apart(programs: (Program | null)[], family: Family, withTypes: boolean): Found | null {
  const found: Found = {};
  for (const program of programs) {
    const linter = readOf(program) ?? (withTypes && program !== null && isTypes(program) ? "types" : null);
    if (program === null || linter === null || linter in found) return null;
    found[linter] = { run: called(program, family) };
  }
  return found;
}

/** The commands of a script as one check; null where they can be called by the script alone. */
function together(programs: (Program | null)[], name: string, family: Family): Found | null {
  const plain = programs.filter((each) => each !== null);
  if (plain.length < programs.length) return null;
  const known = plain.map(readOf).find((each) => each !== null);
  const key = known ?? (plain.some(isTypes) ? "types" : name.replaceAll(":", "-"));
  const run = plain.map((program) => called(program, family)).join(" && ");
  return { [key]: { run, ...(known === undefined ? {} : { findings: known }) } };
}

function asScript({ project, manager, around }: Family, name: string, pieces: string[]): Found {
  const { scripts } = project;
  const programs = pieces.map((piece) => programOf(piece, scripts)).filter((each) => each !== null);
  const known = programs.map(readOf).filter((each) => each !== null);
  const types = programs.filter(isTypes);
  sayOurs(programs, name, around);
  if (
    onlyRefers(around) &&
    types.some(({ words }) => /^(vue-)?tsc\b(?!.*\s(-b|--build|-p|--project)\b)/.test(words))
  )
    around.say({
      kind: "unknown",
      what: `which files the script ${name} checks: tsconfig.json only refers to others, which \`tsc\` does not follow`,
      remedy: "let the script say `tsc --build`, or `tsc --noEmit -p FILE` for each of them",
    });
  const key = types.length > 0 && known.length === 0 ? "types" : (known[0] ?? name.replaceAll(":", "-"));
  return {
    [key]: { run: scriptOf(manager, name), ...(known[0] === undefined ? {} : { findings: known[0] }) },
  };
}
