import type { Report, StepReport } from "../report.ts";
import { duration } from "../units.ts";
import { type Html, markup } from "./markup.ts";

type Bar = { step: StepReport; from: number; to: number; lane: number };

/** What ran when, on which lane, as bars; steps that took no time or were skipped have none. */
export function timeline(report: Report): Html {
  const bars = lanesOf(report.stages.flatMap(({ steps }) => steps));
  if (bars.length === 0) return markup``;
  const start = Math.min(...bars.map(({ from }) => from));
  const span = Math.max(1, Math.max(...bars.map(({ to }) => to)) - start);
  const lanes = Math.max(...bars.map(({ lane }) => lane)) + 1;
  // What is hardly to be seen has no part in the length.
  const critical = longestChain(bars.filter(({ from, to }) => to - from > span / 100));
  const percent = (ms: number): string => `${((ms / span) * 100).toFixed(2)}%`;
  return markup`<p class="dim">${lanes} ${lanes === 1 ? "lane" : "lanes"}, ${duration(span)}; outlined: what the length of the run is made of</p>
<div class="time" style="height:${lanes * 1.7}rem">${bars.map(({ step, from, to, lane }) => {
    const kind = `${step.outcome}${step.cached ? " cached" : ""}${critical.has(step.id) ? " critical" : ""}`;
    const words = `${step.id}: ${step.cached ? "from the cache" : step.outcome}, ${duration(step.ms)}`;
    return markup`<span class="bar ${kind}" style="left:${percent(from - start)};width:${percent(to - from)};top:${lane * 1.7}rem" title="${words}">${step.id}</span>`;
  })}</div>`;
}

/** Each step on the first lane that is free when it starts. */
function lanesOf(steps: StepReport[]): Bar[] {
  const free: number[] = [];
  return steps
    .flatMap((step) =>
      step.startedAt === undefined || step.outcome === "skipped" ? [] : [{ step, from: step.startedAt }],
    )
    .sort((a, b) => a.from - b.from)
    .map(({ step, from }) => {
      const to = from + step.ms;
      const found = free.findIndex((until) => until <= from);
      const lane = found < 0 ? free.length : found;
      free[lane] = to;
      return { step, from, to, lane };
    });
}

/** The chain of steps back from the last one: before each the one that ended last. */
function longestChain(bars: Bar[]): Set<string> {
  const path = new Set<string>();
  const last = (all: Bar[]): Bar | undefined =>
    all.length === 0 ? undefined : all.reduce((latest, bar) => (bar.to > latest.to ? bar : latest));
  let next = last(bars);
  while (next) {
    path.add(next.step.id);
    const { from }: Bar = next;
    next = last(bars.filter((bar) => bar.to <= from && !path.has(bar.step.id)));
  }
  return path;
}
