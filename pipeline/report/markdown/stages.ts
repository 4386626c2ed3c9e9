import type { Outcome } from "../../run/event.ts";
import type { ReadReport } from "../schema.ts";
import { count, duration } from "../units.ts";
import { folded, literal, table } from "./text.ts";

type Stage = ReadReport["stages"][number];

export const marks: Record<Outcome, string> = {
  passed: "✅",
  failed: "❌",
  skipped: "⏭️",
  interrupted: "⏹️",
};

/** What came of a stage, in words: a skipped one with its reason, never as passed. */
export const stageWords = ({ outcome, reason, steps, ms }: Stage): string =>
  outcome === "skipped"
    ? `skipped: ${reason ?? "no reason was given"}`
    : `${outcome}, ${count(steps.length, "step")}, ${duration(ms)}`;

const fills: Record<Outcome, string> = {
  passed: "fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
  failed: "fill:#ffebe9,stroke:#cf222e,color:#1f2328",
  skipped: "fill:#f6f8fa,stroke:#8c959f,color:#59636e,stroke-dasharray:4",
  interrupted: "fill:#fff8c5,stroke:#9a6700,color:#1f2328",
};

/** The stages and what they need, as a drawing (Mermaid flowchart). */
export function stageGraph(stages: Stage[]): string[] {
  const ids = new Map(stages.map(({ id }, at) => [id, `s${at}`]));
  const nodes = stages.map(
    (stage) =>
      `  ${ids.get(stage.id)}["${plain(stage.title)}<br/>${plain(stage.outcome)}"]:::${stage.outcome}`,
  );
  const edges = stages.flatMap(({ id, needs = [] }) =>
    needs.flatMap((need) => (ids.has(need) ? [`  ${ids.get(need)} --> ${ids.get(id)}`] : [])),
  );
  const styles = [...new Set(stages.map(({ outcome }) => outcome))].map(
    (outcome) => `  classDef ${outcome} ${fills[outcome]}`,
  );
  return ["```mermaid", "flowchart LR", ...nodes, ...edges, ...styles, "```", ""];
}

/** Nothing that means something inside of a Mermaid label. */
const plain = (text: string): string => text.replace(/[^\p{L}\p{N} .,:-]/gu, " ");

/** Every stage with its outcome, and below it the steps. */
export function stageTable(stages: Stage[]): string[] {
  const rows = stages.map((stage) => [
    `${marks[stage.outcome]} ${literal(stage.title)}`,
    literal(stageWords(stage)),
  ]);
  const steps = stages.flatMap((stage) =>
    stage.steps.map((step) => [
      `${marks[step.outcome]} ${literal(step.id)}`,
      literal(
        step.cached
          ? "from the cache"
          : step.outcome === "skipped"
            ? (step.reason ?? "skipped")
            : duration(step.ms),
      ),
      step.notes.map(literal).join("<br>"),
    ]),
  );
  return [
    ...table(["stage", "outcome"], rows),
    ...folded(count(steps.length, "step"), table(["step", "time", "notes"], steps)),
  ];
}
