import { trafficWords } from "../fact.ts";
import { duration } from "../units.ts";
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

function stepLines(step: LiveStep, now: number): Line[] {
  const { id, startedAt, weights, measured } = step;
  return [
    line(`    ${id}  ${duration(now - startedAt)}  ${step.line}`.trimEnd()),
    ...Object.entries(weights).map(([version, weight]) => {
      const seen = [measured?.canary, measured?.stable].find((traffic) => traffic?.version === version);
      return line(`      ${version}  ${weight} %${seen ? `  ${trafficWords(seen)}` : ""}`, "cyan");
    }),
    ...(measured === null
      ? []
      : [
          line(
            `      ${measured.weight} % held ${duration(measured.heldMs)} of ${duration(measured.holdMs)}: ${measured.verdict}`,
            "cyan",
          ),
        ]),
  ];
}
