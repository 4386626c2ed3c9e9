import { z } from "zod";
import { stageWords } from "../report/markdown/stages.ts";
import { block, literal } from "../report/markdown/text.ts";
import type { ReadReport } from "../report/schema.ts";
import { duration } from "../report/units.ts";
import { ok, type Result } from "../result.ts";
import { checkStageIds } from "../stages/check-stage.ts";
import type { GithubApi } from "./api.ts";

/** A result as GitHub lists it beside a commit (Checks API). */
export type CheckRun = {
  name: string;
  conclusion: "success" | "failure" | "skipped" | "cancelled";
  title: string;
  summary: string;
};

type Step = ReadReport["stages"][number]["steps"][number];

/** Most results that one run writes: each is a request. */
const mostRuns = 50;

const conclusions = {
  passed: "success",
  failed: "failure",
  skipped: "skipped",
  interrupted: "cancelled",
} as const;

/** A result for each step of the checks, and one for each of their stages that did not run. */
export function checkRunsOf(report: ReadReport): CheckRun[] {
  return report.stages
    .filter(({ id }) => checkStageIds.includes(id))
    .flatMap((stage): CheckRun[] =>
      stage.outcome === "skipped"
        ? [
            {
              name: stage.id,
              conclusion: "skipped",
              title: stageWords(stage),
              summary: literal(stageWords(stage)),
            },
          ]
        : stage.steps.filter(({ id }) => !/^(setup|build):/.test(id)).map(ofStep),
    )
    .slice(0, mostRuns);
}

function ofStep({ id, outcome, cached, ms, reason, failure, notes, evidence }: Step): CheckRun {
  const took = cached ? "from the cache" : duration(ms);
  const title = outcome === "failed" ? (failure?.what ?? outcome) : `${outcome}, ${reason ?? took}`;
  const tests = evidence?.tests;
  const counted = tests ? [`${tests.passed} of ${tests.total} tests passed, ${tests.failed} failed.`] : [];
  const tail = failure ? tailOf(failure.detail) : [];
  const lines = [literal(title), "", ...counted, ...notes.map((note) => `- ${literal(note)}`), ...tail];
  return {
    name: id,
    conclusion: conclusions[outcome],
    title: title.slice(0, 250),
    summary: lines.join("\n"),
  };
}

/** The last lines of what failed, where the failure has them. */
const tailOf = ({ tail }: { kind: string; [part: string]: unknown }): string[] =>
  Array.isArray(tail) && tail.length > 0 ? block(tail.slice(-40).map(String)) : [];

/** Writes the results at a commit; the first that is refused ends it. */
export async function writeCheckRuns(
  api: GithubApi,
  runs: CheckRun[],
  { head, link }: { head: string; link: string },
): Promise<Result<void>> {
  for (const { name, conclusion, title, summary } of runs) {
    const written = await api.ask(
      {
        what: `the result of ${name}`,
        route: "POST /repos/{owner}/{repo}/check-runs",
        parameters: {
          name: `bellwether / ${name}`,
          ...{ head_sha: head, status: "completed", conclusion, details_url: link },
          output: { title, summary: summary.slice(0, 60_000) },
        },
      },
      z.unknown(),
    );
    if (!written.ok) return written;
  }
  return ok(undefined);
}
