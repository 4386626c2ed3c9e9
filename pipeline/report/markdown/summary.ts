import { notAskedFor } from "../../plan/plan.ts";
import type { RolloutsReport } from "../journal-report.ts";
import type { FailureReport } from "../report.ts";
import type { ReadReport } from "../schema.ts";
import { count, duration, listed } from "../units.ts";
import { coverage, findings, tests } from "./evidence.ts";
import { rolloutPart, rolloutTable } from "./rollouts.ts";
import { marks, stageGraph, stageTable, stageWords } from "./stages.ts";
import { link, literal, part } from "./text.ts";

/** Longest summary of one step in bytes (GitHub: 1 MiB); some is left for what others write. */
export const longestSummary = 1_000_000;

/** Longest comment in characters (GitHub: 65,536). */
const longestComment = 60_000;

const mostFindings = 200;

/** A run as Markdown for its page: stages, tests, coverage, findings, rollouts. */
export function runSummary(report: ReadReport): string {
  const { app, version, outcome, stages, failures, rollouts, notes } = report;
  return bounded(
    [
      [`## ${marks[outcome]} ${literal(`${app} ${version}: ${outcome}`)}`, ""],
      part("What went wrong", failures.flatMap(failureLines)),
      [...stageGraph(stages.filter(isAsked)), ...stageTable(stages.filter(isAsked))],
      rollouts.flatMap(rolloutPart),
      part("Tests", tests(report)),
      part("Coverage", coverage(report)),
      part("Findings", findings(report, mostFindings)),
      part(
        "Notes",
        notes.map((note) => `- ${literal(note)}`),
      ),
    ],
    longestSummary,
  );
}

/** Rollouts of an environment that are listed. */
const mostRollouts = 10;

/** An environment as Markdown: what is live, its last rollout in full, the ones before as a table. */
export function environmentSummary({ app, environment, live, rollouts, journal }: RolloutsReport): string {
  const last = rollouts.at(-1);
  const now = live === null ? "nothing is live" : `${live.version} is live`;
  return bounded(
    [
      [
        `## ${literal(`${app}, ${environment}: ${now}`)}`,
        "",
        ...(live === null ? [] : [`at ${link(live.url)}`, ""]),
      ],
      last === undefined ? ["Nothing was ever rolled out there.", ""] : rolloutPart(last),
      part("History", rolloutTable(rollouts.slice(-mostRollouts).reverse())),
      [`Journal: ${journal.sequence}:${journal.hash}`, ""],
    ],
    longestSummary,
  );
}

/** Marks the one comment of the pipeline on a pull request. */
export const commentMark = "<!-- bellwether -->";

/** What a pull request is told: the verdict, what is wrong, where the rest is. */
export function pullRequestComment(report: ReadReport, run: string): string {
  const { outcome, stages, failures, startedAt, finishedAt } = report;
  const took = finishedAt === null ? "cut off" : `in ${duration(finishedAt - startedAt)}`;
  const lines = stages
    .filter(isAsked)
    .map((stage) => `- ${marks[stage.outcome]} **${literal(stage.title)}**: ${literal(stageWords(stage))}`);
  return bounded(
    [
      [
        commentMark,
        `**${marks[outcome]} ${literal(outcome)}** ${took}. [The run](${run}) has the whole report.`,
        "",
      ],
      [...lines, ""],
      failures.flatMap(failureLines),
      part("Tests", tests(report)),
      part("Coverage", coverage(report)),
      part("Findings", findings(report, 20)),
    ],
    longestComment,
  );
}

/** Stages beside the named ones are not part of what was run. */
const isAsked = ({ reason }: { reason: string | null }): boolean => reason !== notAskedFor;

type Said = Pick<FailureReport, "what" | "where" | "expected" | "next">;

const failureLines = ({ what, where, expected, next }: Said): string[] => [
  `- **${literal(what)}**`,
  ...(where === null ? [] : [`  - where: ${literal(where)}`]),
  ...(expected === null ? [] : [`  - expected: ${literal(expected)}`]),
  `  - next: ${literal(next)}`,
];

/** Parts as one text of at most this many bytes: from the first that does not fit on they are left out, and named. */
function bounded(parts: string[][], most: number): string {
  const texts = parts.filter((lines) => lines.length > 0).map((lines) => `${lines.join("\n")}\n`);
  const kept: string[] = [];
  let left = most - 200;
  const missing: string[] = [];
  for (const text of texts) {
    const size = Buffer.byteLength(text);
    if (size <= left && missing.length === 0) {
      kept.push(text);
      left -= size;
    } else missing.push(/^#+ (.*)/.exec(text)?.[1] ?? "a part without a name");
  }
  if (missing.length === 0) return kept.join("\n");
  return `${kept.join("\n")}\nToo long for this page: ${listed(missing)}. The report that is kept with the run has ${count(missing.length, "part")} more.\n`;
}
