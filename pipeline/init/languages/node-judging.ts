import { nameOf, type Program, programOf, readOf } from "./node-scripts.ts";

/** Programs that judge what is there, beside those whose findings are read. */
const judges = new Set([
  ...["tsc", "vue-tsc", "tsgo", "tsd", "attw", "publint", "knip", "flow", "glint", "type-coverage"],
  ...[
    "stylelint",
    "oxlint",
    "tslint",
    "jshint",
    "xo",
    "standard",
    "ts-standard",
    "semistandard",
    "secretlint",
  ],
  ...["markdownlint", "markdownlint-cli2", "cspell", "textlint", "ls-lint", "dprint", "oxfmt", "htmlhint"],
  ...["depcheck", "madge", "depcruise", "dependency-cruiser", "sort-package-json", "syncpack", "manypkg"],
]);

/** Words of programs that do other things as well. */
const judging = /^(next|ng|vue-cli-service|nuxt|nuxi|astro|react-router) (lint|typecheck|check)\b/;

/** What only makes ready for judging. */
const preparing =
  /^(echo|true|svelte-kit sync|astro sync|next typegen|react-router typegen|(nuxt|nuxi|wxt) prepare)\b/;

/** A program that runs scripts of workspaces. */
const delegating =
  /^(turbo|nx|lerna|wireit|(pnpm|npm|yarn)\b.*(\s-r\b|--recursive|--workspaces?\b|--filter|\bworkspaces?\b|\s-w\b))/;

const judgedTask = /\b(lint|type-?check|check[:-]types|types|(format|fmt)[:-]check)\b/;

export const isTypes = ({ words }: Program): boolean =>
  /^(tsc|vue-tsc|tsgo|svelte-check|glint|(astro|nuxt|nuxi|react-router) (check|typecheck))\b/.test(words);

export const prepares = ({ words }: Program): boolean => preparing.test(words);

/** Whether a command judges sources, or makes ready for it, and does nothing else. */
export function judgesOnly(piece: string, scripts: Record<string, string>): boolean {
  if (delegating.test(piece)) return judgedTask.test(piece) && !/\b(test|build)\b/.test(piece);
  const program = programOf(piece, scripts);
  if (program === null) return false;
  if (/--emitDeclarationOnly\b/.test(program.words)) return false;
  return (
    readOf(program) !== null ||
    judges.has(nameOf(program)) ||
    judging.test(program.words) ||
    prepares(program)
  );
}

const flags = /\s--(fix|write|apply|apply-unsafe|unsafe)(=\S+)?(?=\s|$)|\s--fix-type[\s=]\S+/g;

/** The command without what would let it rewrite sources. */
export function sparing(program: Program): Program {
  const name = nameOf(program);
  if (name === "prettier") {
    const words = program.words.replaceAll(/\s(--write|-w)(?=\s|$)/g, "");
    const asks = /\s(--check|-c|--list-different|-l)(?=\s|$)/.test(words);
    return {
      ...program,
      words: words === program.words || asks ? words : words.replace("prettier", "prettier --check"),
    };
  }
  if (/^vue-cli-service lint\b(?!.*--no-fix)/.test(program.words))
    return { ...program, words: `${program.words} --no-fix` };
  const known = readOf(program) !== null || judges.has(name) || judging.test(program.words);
  return known ? { ...program, words: program.words.replaceAll(flags, "") } : program;
}

/** Whether a command writes to the sources that it judges. */
export function rewrites(piece: string, scripts: Record<string, string>): boolean {
  const program = programOf(piece, scripts);
  if (program === null) return delegating.test(piece) && /\s--(fix|write)\b/.test(piece);
  return sparing(program).words !== program.words;
}
