import { made } from "./parts.ts";

/** Keeps the actions new, but not newer than a week: what is bad about a release is mostly found by then. */
export const dependabotFile = (): string =>
  [
    made,
    "version: 2",
    "updates:",
    "  - package-ecosystem: github-actions",
    "    directories: [/, /.github/actions/bellwether]",
    "    schedule: { interval: weekly }",
    "    cooldown: { default-days: 7 }",
    "    groups: { actions: { patterns: ['*'] } }",
    "",
  ].join("\n");

/** What the linter of workflows need not tell, and why. */
export const zizmorFile = (): string =>
  [
    made,
    "rules:",
    "  self-repository: # $/ is not known to actionlint 1.7, nor to older servers of GitHub; ./ is the same commit, checked out",
    "    disable: true",
    "",
  ].join("\n");
