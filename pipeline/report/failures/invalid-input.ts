import { count, listed } from "../units.ts";
import { explained, type Words } from "./explained.ts";
import { problemLine } from "./problem.ts";

/** Invalid input, exit code 2: nothing was changed. */
export const invalidInput: Words<
  | "config-invalid"
  | "config-missing"
  | "usage"
  | "unknown-name"
  | "graph-cycle"
  | "plan-version"
  | "plan-stale"
  | "file-corrupt"
  | "journal-broken"
  | "git-missing"
  | "git-failed"
  | "not-a-repository"
  | "no-commits"
  | "ref-unknown"
  | "ref-not-head"
  | "shallow-clone"
  | "release-tag-needed"
  | "event-invalid"
> = {
  "config-invalid": ({ file, problems }) =>
    explained(
      `${file} has ${count(problems.length, "problem")}.`,
      problems.length === 1
        ? "Mend it, then check with `bellwether validate`."
        : "Mend them, then check with `bellwether validate`.",
      { where: file, details: problems.map(problemLine) },
    ),
  "config-missing": ({ file }) =>
    explained(
      `There is no ${file}.`,
      "Write it, or name another one with `--config FILE` or another directory with `-C DIR`.",
      { where: file, expected: "a config file" },
    ),
  usage: ({ got, expected, remedy }) => explained(`Got ${got}.`, remedy, { expected }),
  "unknown-name": ({ what, name, known, nearest }) =>
    explained(
      `There is no ${what} called ${name}.`,
      nearest === null ? `Name one of these ${what}s.` : `Did you mean ${nearest}?`,
      { expected: known.length === 0 ? `no ${what} is configured` : `one of ${listed(known)}` },
    ),
  "graph-cycle": ({ cycle }) =>
    explained(
      `These wait for each other: ${cycle.join(" → ")}.`,
      "Take one of the needs out of the circle.",
      {
        expected: "needs without a circle",
      },
    ),
  "plan-version": ({ file, got, expected }) =>
    explained(
      `${file} is a plan of format ${got}.`,
      "Make it again with this version: `bellwether plan --json`.",
      { where: file, expected: `format ${expected}` },
    ),
  "plan-stale": ({ file, because }) =>
    explained(`${file} is out of date: ${because}.`, "Make it again: `bellwether plan --json`.", {
      where: file,
      expected: "a plan of the config as it is now",
    }),
  "file-corrupt": ({ file, what, reason, remedy }) =>
    explained(`${file} cannot be read as ${aOrAn(what)}: ${reason}.`, remedy, {
      where: file,
      expected: `a whole ${what}`,
    }),
  "journal-broken": ({ environment, file, line, sequence, entry, reason }) =>
    explained(
      `The journal of ${environment} is broken at entry ${sequence}${entry === null ? "" : ` (${entry})`}: ${reason}.`,
      `Nothing is changed in ${environment} until it is whole. Find out who changed it, then move the file away: its copy beside it, FILE.copy, is used where that is whole. \`bellwether journal verify ${environment}\` checks both.`,
      {
        where: file === null ? environment : line === null ? file : `${file}:${line}`,
        expected: "the chain of entries as it was written",
      },
    ),
  "git-missing": () =>
    explained("git was not found.", "Install git, or put it on PATH.", { expected: "git on PATH" }),
  "git-failed": ({ directory, reason }) =>
    explained(`git failed: ${reason}.`, `Run \`git status\` in ${directory} and mend what it says.`, {
      where: directory,
    }),
  "not-a-repository": ({ directory }) =>
    explained(
      `${directory} is not in a git repository.`,
      "Run `git init` there, or name the right directory with `-C DIR`.",
      {
        where: directory,
        expected: "a directory in a git repository",
      },
    ),
  "no-commits": ({ directory }) =>
    explained(`The repository at ${directory} has no commit yet.`, "Commit something first.", {
      where: directory,
      expected: "at least one commit",
    }),
  "ref-unknown": ({ ref }) =>
    explained(
      `There is no ${ref} in this repository.`,
      "Fetch it, or name one that exists; `plan` alone accepts a ref that is not there yet.",
      {
        where: ref,
        expected: "a branch or tag that exists",
      },
    ),
  "ref-not-head": ({ ref, sha, head }) =>
    explained(
      `${ref} is commit ${sha.slice(0, 12)}, and what is checked out is ${head.slice(0, 12)}.`,
      `Check it out first: \`git checkout ${shortRef(ref)}\`.`,
      { where: ref, expected: "the ref that is checked out" },
    ),
  "shallow-clone": ({ needed }) =>
    explained(
      `The clone is shallow, and ${needed} is not in it.`,
      "Run `git fetch --unshallow --tags`, or clone with the full history.",
      {
        expected: needed,
      },
    ),
  "event-invalid": ({ event, got, expected }) =>
    explained(
      `The event ${event} of GitHub has ${got}.`,
      "Look at what started this run: nothing was done for it.",
      { where: `the event ${event}`, expected },
    ),
  "release-tag-needed": ({ got }) =>
    explained(
      `A release needs a version tag, and got ${got}.`,
      "Name a version tag, for example `--ref v1.2.3`.",
      {
        where: got,
        expected: "a tag that is a semantic version, such as v1.2.3",
      },
    ),
};

const aOrAn = (noun: string): string => `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;

const shortRef = (ref: string): string => ref.replace(/^refs\/(?:heads|tags)\//, "");
