import type { Failure } from "../../failure.ts";
import { explain } from "../failure.ts";
import type { FailureReport, Report, RolloutReport } from "../report.ts";
import type { ReadReport } from "../schema.ts";
import { count, duration, listed, moment } from "../units.ts";
import { coverage, findings, tests } from "./evidence.ts";
import { stageGraph } from "./graph.ts";
import { type Html, long, markup, section, tableOf } from "./markup.ts";
import { style } from "./style.ts";
import { timeline } from "./timeline.ts";

/** A run's report as one self-contained page; `before` is the run before it, where that is at hand. */
export function htmlReport(report: Report, before: ReadReport | null): string {
  const { app, version, ref, outcome, executor, startedAt, stages } = report;
  const title = `${app} ${version}: ${outcome}`;
  const page = markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title><style>${{ html: style }}</style></head><body>
<header><h1>${app} ${version} <span class="${outcome}">${outcome}</span></h1>
<p class="dim">${ref}, run ${report.run} by ${executor}, ${moment(startedAt)}, ${took(report)}${compared(report, before)}</p></header>
${section("Stages", stageGraph(stages))}
${section("What went wrong", ...report.failures.map(failureItem))}
${section("Timeline", timeline(report))}
${section("Rollouts", ...report.rollouts.map(rolloutItem))}
${tests(report)}${coverage(report, before)}${findings(report)}
${section("Steps", steps(report, before))}
${section("Notes", ...report.notes.map((note) => markup`<p>${note}</p>`))}
</body></html>
`;
  return page.html;
}

const elapsed = ({ startedAt, finishedAt }: Pick<Report, "startedAt" | "finishedAt">): number =>
  (finishedAt ?? startedAt) - startedAt;

const took = (report: Report): string =>
  report.finishedAt === null
    ? "cut off"
    : `${duration(elapsed(report))}, ${count(report.cacheHits, "step")} from the cache`;

/** Durations of unlike runs say nothing: of those the stages are named. */
function compared(report: Report, before: ReadReport | null): string {
  if (before === null || before.finishedAt === null) return "";
  const then = worked(before);
  if (then.join() === worked(report).join())
    return `; the run before: ${before.outcome} in ${duration(elapsed(before))}`;
  return `; the run before was of ${listed(then, "no stage")}: ${before.outcome}`;
}

const worked = ({ stages }: Pick<ReadReport, "stages">): string[] =>
  stages.flatMap(({ title, outcome }) => (outcome === "skipped" ? [] : [title]));

const failureItem = ({ what, where, expected, next, detail }: FailureReport): Html =>
  markup`<div class="apart"><p class="failed">${what}</p>${detailsOf(detail)}${where === null ? markup`` : markup`<p class="dim">where: ${where}</p>`}${expected === null ? markup`` : markup`<p class="dim">expected: ${expected}</p>`}<p>next: ${next}</p></div>`;

function detailsOf(failure: Failure): Html {
  const { details } = explain(failure);
  return details.length === 0 ? markup`` : markup`<pre>${details.join("\n")}</pre>`;
}

const rolloutItem = ({
  environment,
  version,
  outcome,
  strategy,
  reason,
  weights,
  measured,
}: RolloutReport): Html =>
  markup`<h3>${environment}: ${version} by ${strategy}, ${outcome}</h3>${reason === null ? markup`` : markup`<p>${reason}</p>`}${tableOf(
    ["at", long("weights")],
    weights.map(({ at, weights: shares }) => [
      markup`${moment(at)}`,
      markup`${Object.entries(shares)
        .map(([name, share]) => `${name} ${share} %`)
        .join(", ")}`,
    ]),
  )}${tableOf(
    ["weight", "requests", "failed", "p95", "verdict"],
    measured.map(({ weight, canary, verdict }) => [
      markup`${weight} %`,
      markup`${canary.requests}`,
      markup`${canary.failed}`,
      markup`${canary.p95Ms === null ? "–" : duration(canary.p95Ms)}`,
      markup`${verdict}`,
    ]),
  )}`;

function steps(report: Report, before: ReadReport | null): Html {
  const earlier = new Map(
    before?.stages.flatMap((stage) => stage.steps.map((step) => [step.id, step])) ?? [],
  );
  return tableOf(
    [long("step"), long("outcome"), "time", "the run before"],
    report.stages.flatMap((stage) =>
      stage.steps.map(({ id, outcome, cached, ms, reason, notes }) => {
        const then = earlier.get(id);
        return [
          markup`${id}`,
          markup`<span class="${outcome}">${cached ? "from the cache" : outcome}</span> ${[reason ?? "", ...notes].filter((text) => text !== "").join("; ")}`,
          markup`${duration(ms)}`,
          markup`${then ? `${then.cached ? "from the cache" : then.outcome}, ${duration(then.ms)}` : "–"}`,
        ];
      }),
    ),
  );
}
