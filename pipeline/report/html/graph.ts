import { outcomeMark } from "../console/line.ts";
import { remark, waits } from "../console/summary.ts";
import type { StageReport } from "../report.ts";
import { duration, listed } from "../units.ts";
import { type Html, markup } from "./markup.ts";

/** `after`: ids that it needs, without those that another one of them needs already. */
type Node = { stage: StageReport; layer: number; row: number; after: string[] };

/** Room between two layers, in widths of a node. */
const gap = 0.25;
/** Height of a node in rows: the rest of a row is room. */
const nodeHeight = 0.9;

/** The stages as a graph, from left to right; on a phone as a list that says in words what the lines say. */
export function stageGraph(stages: StageReport[]): Html {
  if (stages.length === 0) return markup``;
  const nodes = placed(stages);
  const layers = Math.max(...nodes.map(({ layer }) => layer)) + 1;
  const rows = Math.max(...nodes.map(({ row }) => row)) + 1;
  const width = layers + (layers - 1) * gap;
  const byId = new Map(nodes.map((node) => [node.stage.id, node]));
  const needed = ({ after }: Node): Node[] => after.flatMap((id) => byId.get(id) ?? []);
  const lines = nodes.flatMap((node) => needed(node).map((need) => line(need, node)));
  return markup`<div class="wide"><div class="graph" style="--layers:${layers};--rows:${rows}"><svg viewBox="0 0 ${width} ${rows}" preserveAspectRatio="none" aria-hidden="true"><path d="${lines.join("")}"/></svg>
<ul>${nodes.map((node) => item(node, needed(node), width))}</ul></div></div>`;
}

const leftOf = ({ layer }: Node): number => layer * (1 + gap);

/** From the right of what is needed to the left of what needs it. */
function line(from: Node, to: Node): string {
  const [x, end] = [leftOf(from) + 1, leftOf(to)];
  const middle = end - gap / 2;
  const [y, there] = [from.row + nodeHeight / 2, to.row + nodeHeight / 2];
  return `M${x} ${y}H${end - gap}C${middle} ${y} ${middle} ${there} ${end} ${there}`;
}

function item(node: Node, needed: Node[], width: number): Html {
  const { stage, row } = node;
  const state = waits(stage) ? "waits" : stage.outcome;
  const words =
    stage.reason === null
      ? `${state}, ${state === "skipped" ? "" : `${duration(stage.ms)}, `}${remark(stage)}`
      : `${state}: ${stage.reason}`;
  const after =
    needed.length === 0
      ? markup``
      : markup`<small class="after">after ${listed(needed.map((need) => need.stage.title))}</small>`;
  const left = ((leftOf(node) / width) * 100).toFixed(2);
  return markup`<li class="${state}" style="left:${left}%;--row:${row};width:${(100 / width).toFixed(2)}%" title="${stage.title}: ${words}"><b>${outcomeMark[state].mark} ${stage.title}</b><small>${words}</small>${after}</li>`;
}

/** Each stage one layer behind the last that it needs; the stages of a layer stand around the middle. */
function placed(stages: StageReport[]): Node[] {
  const known = new Map(stages.map((stage) => [stage.id, stage]));
  const layers = new Map<string, number>();
  const above = new Map<string, Set<string>>();
  const visit = ({ id, needs = [] }: StageReport): number => {
    const seen = layers.get(id);
    if (seen !== undefined) return seen;
    // Also ends what a circle would make endless.
    layers.set(id, 0);
    const all = new Set<string>();
    above.set(id, all);
    let layer = 0;
    for (const need of needs) {
      const stage = known.get(need);
      if (stage === undefined) continue;
      layer = Math.max(layer, visit(stage) + 1);
      all.add(need);
      for (const further of above.get(need) ?? []) all.add(further);
    }
    layers.set(id, layer);
    return layer;
  };
  const heights: number[] = [];
  const nodes = stages.map((stage) => {
    const layer = visit(stage);
    const row = heights[layer] ?? 0;
    heights[layer] = row + 1;
    const needs = (stage.needs ?? []).filter((id) => known.has(id));
    const after = needs.filter((id) => !needs.some((other) => above.get(other)?.has(id)));
    return { stage, layer, row, after };
  });
  const rows = heights.reduce((most, height) => Math.max(most, height), 0);
  return nodes.map((node) => ({ ...node, row: node.row + (rows - (heights[node.layer] ?? 0)) / 2 }));
}
