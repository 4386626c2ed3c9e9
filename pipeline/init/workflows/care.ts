import { made } from "./parts.ts";

/** Keeps the actions new, but not newer than a week: what is bad about a release is mostly found by then. */
const dependabotFile = (): string =>
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
const zizmorFile = (): string =>
  [
    made,
    "rules:",
    "  self-repository: # $/ is not known to actionlint 1.7, nor to older servers of GitHub; ./ is the same commit, checked out",
    "    disable: true",
    "",
  ].join("\n");

/** What keeps workflows well, by path. A team may have these already: then `addition` is what belongs into them. */
export const care: Record<string, { text: string; addition: string }> = {
  ".github/dependabot.yml": {
    text: dependabotFile(),
    addition: "add github-actions for / and /.github/actions/bellwether, with a cool-down of 7 days",
  },
  ".github/zizmor.yml": {
    text: zizmorFile(),
    addition: "disable self-repository there: actionlint does not know its syntax yet",
  },
};
