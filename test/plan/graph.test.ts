import { expect, test } from "vitest";
import { closure, topological } from "../../pipeline/plan/graph.ts";
import { unwrap, unwrapFailure } from "../support/unwrap.ts";

const node = (id: string, ...needs: string[]) => ({ id, needs });

test("what is needed comes first, and otherwise the given order stays", () => {
  const nodes = [node("c", "a"), node("b"), node("a"), node("d", "c", "b")];
  expect(unwrap(topological(nodes)).map((each) => each.id)).toEqual(["a", "c", "b", "d"]);
});

test("a cycle is named from its first node back to it, without what leads to it", () => {
  const nodes = [node("start", "a"), node("a", "b"), node("b", "c"), node("c", "a")];
  expect(unwrapFailure(topological(nodes))).toEqual({ kind: "graph-cycle", cycle: ["a", "b", "c", "a"] });
});

test("a node that needs itself is a cycle", () => {
  expect(unwrapFailure(topological([node("a", "a")]))).toEqual({ kind: "graph-cycle", cycle: ["a", "a"] });
});

test("the closure holds the ids, all that they need, and nothing else", () => {
  const nodes = [node("a"), node("b", "a"), node("c", "b"), node("d")];
  expect([...closure(nodes, ["c"])].sort()).toEqual(["a", "b", "c"]);
});
