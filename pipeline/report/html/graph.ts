import type { StageReport } from "../report.ts";
import { count, duration, listed } from "../units.ts";
import { type Html, markup } from "./markup.ts";

const marks: Record<StageReport["outcome"], string> = {
  passed: "✓",
  failed: "✗",
  interrupted: "■",
  skipped: "○",
};

/** The stages from left to right (on a phone downwards): each behind what it needs, with its state and its time. */
export const graph = (stages: StageReport[]): Html =>
  markup`<ol class="graph">${layersOf(stages).map((layer) => markup`<li><ul>${layer.map((stage) => box(stage, stages))}</ul></li>`)}</ol>`;

/** Stages by the longest way to them over what they need; a stage that is needed and not there is no way. */
function layersOf(stages: StageReport[]): StageReport[][] {
  const depth = new Map<string, number>();
  const layers: StageReport[][] = [];
  // In the plan's order each stage stands behind those that it needs.
  for (const stage of stages) {
    const at = Math.max(0, ...(stage.needs ?? []).map((id) => (depth.get(id) ?? -1) + 1));
    depth.set(stage.id, at);
    const layer = layers[at] ?? [];
    layer.push(stage);
    layers[at] = layer;
  }
  return layers;
}

/** Those of the needs that no other one of them needs: the edges that a person would draw. */
function nearest(needs: string[], all: StageReport[]): string[] {
  const behind = (id: string): string[] => {
    const own = all.find((stage) => stage.id === id)?.needs ?? [];
    return own.concat(own.flatMap(behind));
  };
  const further = new Set(needs.flatMap(behind));
  return needs.filter((id) => !further.has(id));
}

function box({ title, outcome, reason, ms, steps, needs = [] }: StageReport, all: StageReport[]): Html {
  const after = all.filter(({ id }) => nearest(needs, all).includes(id)).map((stage) => stage.title);
  return markup`<li class="${outcome}"><b>${marks[outcome]} ${title}</b><small>${reason ?? `${outcome}, ${count(steps.length, "step")}, ${duration(ms)}`}</small>${after.length === 0 ? markup`` : markup`<small>after ${listed(after)}</small>`}</li>`;
}
