import type { Failure } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";

/** Anything with a name that needs others by name. */
export type Node = { id: string; needs: string[] };

/**
 * Each node after those it needs; nodes that could stand in several places keep their given order. Needs that are
 * not among the nodes are passed over. A cycle is a failure that names it, first node repeated at its end.
 */
export function topological<T extends Node>(nodes: T[]): Result<T[]> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const done = new Set<string>();
  const ordered: T[] = [];
  const visit = (node: T, path: string[]): Failure | null => {
    if (done.has(node.id)) return null;
    const seen = path.indexOf(node.id);
    if (seen >= 0) return { kind: "graph-cycle", cycle: [...path.slice(seen), node.id] };
    for (const id of node.needs) {
      const needed = byId.get(id);
      const failure = needed === undefined ? null : visit(needed, [...path, node.id]);
      if (failure !== null) return failure;
    }
    done.add(node.id);
    ordered.push(node);
    return null;
  };
  for (const node of nodes) {
    const failure = visit(node, []);
    if (failure !== null) return fail(failure);
  }
  return ok(ordered);
}

/** The ids and all that they need, directly or not. */
export function closure(nodes: Node[], ids: string[]): Set<string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const found = new Set<string>();
  const open = [...ids];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const node = byId.get(id);
    if (node === undefined || found.has(id)) continue;
    found.add(id);
    open.push(...node.needs);
  }
  return found;
}
