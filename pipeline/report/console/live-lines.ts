import { checkWords } from "../fact.ts";
import { table } from "../table.ts";
import { count, duration } from "../units.ts";
import { type Line, line, outcomeMark } from "./line.ts";
import type { LiveStage, LiveState, LiveStep } from "./live-state.ts";

const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/** The live tree at a time, at most `rows` lines: where it is too tall, what runs is kept. */
export function liveLines(state: LiveState, now: number, rows: number): Line[] {
  const all = state.stages.flatMap((stage) => stageLines(state, stage, now));
  if (all.length <= rows) return all;
  const running = state.stages
    .filter((stage) => stage.state === "running")
    .flatMap((stage) => stageLines(state, stage, now));
  return running.slice(0, Math.max(0, rows));
}

function stageLines(state: LiveState, stage: LiveStage, now: number): Line[] {
  const steps = state.running
    .filter((step) => step.stage === stage.id)
    .flatMap((step) => stepLines(step, now));
  return [stageLine(stage, now), ...steps];
}

function stageLine({ title, state, startedAt, ms, reason }: LiveStage, now: number): Line {
  if (state === "waiting") return line(`· ${title}`, "dim");
  if (state === "running") {
    const frame = spinner[Math.floor(now / 100) % spinner.length] ?? "";
    return line(`${frame} ${title}  ${duration(now - startedAt)}`, "bold");
  }
  const { mark, style } = outcomeMark[state];
  return line(`${mark} ${title}  ${reason === "" ? duration(ms) : reason}`, style);
}

/** Versions side by side: share of the traffic, and what each has served at this weight. */
function trafficTable(weights: LiveStep["weights"], measured: LiveStep["measured"]): string[] {
  return table(
    Object.entries(weights).map(([version, weight]) => {
      const seen = [measured?.canary, measured?.stable].find((traffic) => traffic?.version === version);
      const share = `${String(weight).padStart(3)} %`;
      if (!seen) return [version, share, bar(weight)];
      const { requests, failed, p95Ms } = seen;
      return [
        version,
        share,
        count(requests, "request"),
        `${failed} failed`,
        `p95 ${p95Ms === null ? "unknown" : duration(p95Ms)}`,
        bar(weight),
      ];
    }),
  );
}

/** Columns of a bar that is full. */
const barWidth = 20;

const bar = (percent: number): string => {
  const filled = Math.round((percent / 100) * barWidth);
  return "█".repeat(filled) + "░".repeat(barWidth - filled);
};

function stepLines(step: LiveStep, now: number): Line[] {
  const { id, startedAt, weights, measured } = step;
  return [
    line(`    ${id}  ${duration(now - startedAt)}  ${step.line}`.trimEnd()),
    ...trafficTable(weights, measured).map((text) => line(`      ${text}`, "cyan")),
    ...(measured === null
      ? []
      : [
          line(
            `      ${measured.weight} % held ${duration(measured.heldMs)} of ${duration(measured.holdMs)}: ${measured.verdict}`,
            "cyan",
          ),
          ...measured.checks.map((check) => line(`        ${checkWords(check)}`, "cyan")),
        ]),
  ];
}
