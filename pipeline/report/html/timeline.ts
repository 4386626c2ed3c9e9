import { outcomeMark } from "../console/line.ts";
import type { Report, StepReport } from "../report.ts";
import { count, duration } from "../units.ts";
import { type Html, markup } from "./markup.ts";

type Ran = { step: StepReport; from: number; to: number; lane: number };

/** A bar in % of the width: one step, or short ones that would cover each other; the worst of them first. */
type Bar = { left: number; right: number; lane: number; ran: Ran[] };

/** Least width of a bar; steps below the double of it are drawn as one where they would touch. In %. */
const least = 0.6;
/** Least width of a bar that can hold a part of a name. In %. */
const named = 3;
/** The clock is read in whole ms: steps one after the other may seem to overlap by as much. */
const grain = 1;
/** A hit that took no longer than this (ms) has set the length of nothing. */
const shortHit = 100;

/** What ran when, beside what, as bars; skipped steps have none. */
export function timeline(report: Report): Html {
  const ran = lanesOf(report.stages.flatMap(({ steps }) => steps));
  const [first] = ran;
  if (first === undefined) return markup``;
  const span = Math.max(1, ran.reduce((last, { to }) => Math.max(last, to), 0) - first.from);
  const lanes = ran.reduce((most, { lane }) => Math.max(most, lane), 0) + 1;
  const chain = chainOf(ran, (span * least * 2) / 100);
  const bars = barsOf(ran, first.from, span);
  // More than all where the last step is short: it has its least width, too.
  const whole = bars.reduce((most, { right }) => Math.max(most, right), 100);
  const told = chain.size === 0 ? "" : "; outlined: the chain of steps that set the length of the run";
  return markup`<p class="dim">${lanes === 1 ? "one step after the other" : `at most ${lanes} steps at once`}, ${duration(span)}${told}</p>
<div class="time" style="height:${round(lanes * 1.7)}rem">${bars.map((bar) => drawn(bar, whole, chain))}</div>`;
}

const round = (number: number): number => Math.round(number * 100) / 100;

function drawn({ left, right, lane, ran }: Bar, whole: number, chain: Set<StepReport>): Html {
  const percent = (part: number): string => ((part / whole) * 100).toFixed(2);
  const [worst] = ran;
  if (worst === undefined) return markup``;
  const { step } = worst;
  const outlined = ran.some((each) => chain.has(each.step));
  const kind = `${step.outcome}${step.cached ? " cached" : ""}${outlined ? " chain" : ""}`;
  const mark = step.outcome === "passed" ? "" : `${outcomeMark[step.outcome].mark} `;
  const name = ran.length === 1 ? step.id : count(ran.length, "step");
  const words = `${step.id}: ${step.cached ? "from the cache" : step.outcome}, ${duration(step.ms)}`;
  const others = ran.length === 1 ? "" : `, and ${count(ran.length - 1, "more short step")}`;
  const text = right - left < named ? "" : `${mark}${name}`;
  return markup`<span class="bar ${kind}" style="left:${percent(left)}%;width:${percent(right - left)}%;top:${round(lane * 1.7)}rem" title="${words}${others}">${text}</span>`;
}

/** Each step on the first lane that is free when it starts, by their starts: as many lanes as ran at once. */
function lanesOf(steps: StepReport[]): Ran[] {
  const free: number[] = [];
  return steps
    .flatMap((step) =>
      step.startedAt === undefined || step.outcome === "skipped" ? [] : [{ step, from: step.startedAt }],
    )
    .sort((a, b) => a.from - b.from)
    .map(({ step, from }) => {
      const to = from + step.ms;
      const found = free.findIndex((until) => until <= from + grain);
      const lane = found < 0 ? free.length : found;
      free[lane] = to;
      return { step, from, to, lane };
    });
}

/** Bars of which none covers another: each is as wide as can be seen, and begins where the one before it ends. */
function barsOf(ran: Ran[], start: number, width: number): Bar[] {
  const last: (Bar & { short: boolean })[] = [];
  const bars: Bar[] = [];
  for (const each of ran) {
    const [from, to] = [((each.from - start) / width) * 100, ((each.to - start) / width) * 100];
    const short = to - from < 2 * least;
    const before = last[each.lane];
    if (short && before?.short && from < before.right) {
      before.right = Math.max(before.right, to);
      if (badness(each) > badness(before.ran[0])) before.ran.unshift(each);
      else before.ran.push(each);
      continue;
    }
    const left = Math.max(from, before?.right ?? 0);
    const bar = { left, right: Math.max(to, left + least), lane: each.lane, ran: [each], short };
    last[each.lane] = bar;
    bars.push(bar);
  }
  return bars;
}

/** What has to be seen where several steps are one bar. */
const badness = (ran: Ran | undefined): number =>
  ["failed", "interrupted"].includes(ran?.step.outcome ?? "") ? 2 : ran?.step.cached ? 0 : 1;

/** The chain of steps back from the last one, each ending where the next one starts; hits of no length set nothing. */
function chainOf(ran: Ran[], leastMs: number): Set<StepReport> {
  const chain = new Set<StepReport>();
  const ends = ran
    .filter(({ step }) => step.ms > Math.max(leastMs, grain) && !(step.cached && step.ms <= shortHit))
    .sort((a, b) => b.to - a.to);
  let next = Number.POSITIVE_INFINITY;
  for (const { step, from, to } of ends) {
    if (to > next + grain) continue;
    chain.add(step);
    next = from;
  }
  return chain;
}
