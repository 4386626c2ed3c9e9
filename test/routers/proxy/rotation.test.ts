import fc from "fast-check";
import { expect, test } from "vitest";
import { Rotation } from "../../../pipeline/routers/proxy/rotation.ts";

const shares = (rotation: Rotation<string>, choices: number) => {
  const counts: Record<string, number> = {};
  for (let i = 0; i < choices; i++) {
    const chosen = rotation.next() ?? "nobody";
    counts[chosen] = (counts[chosen] ?? 0) + 1;
  }
  return counts;
};

test("B23: a weight of 10 % gets exactly 10 of any 100 requests", () => {
  const rotation = new Rotation([
    ["stable", 90],
    ["canary", 10],
  ] as const);
  for (let round = 0; round < 5; round++) expect(shares(rotation, 100)).toEqual({ stable: 90, canary: 10 });
});

test("a canary's turns are spread evenly, not in a row", () => {
  const rotation = new Rotation([
    ["stable", 75],
    ["canary", 25],
  ] as const);
  const turns = Array.from({ length: 8 }, () => rotation.next());
  expect(turns.filter((turn, i) => turn === "canary" && turns[i + 1] === "canary")).toEqual([]);
});

test("a weight of 0 is never chosen, and without weights nobody is", () => {
  expect(
    shares(
      new Rotation([
        ["a", 100],
        ["b", 0],
      ]),
      50,
    ),
  ).toEqual({ a: 50 });
  expect(new Rotation<string>([]).next()).toBeNull();
});

test("whatever the weights, each share is kept to within one request", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 6 }), (weights) => {
      const sum = weights.reduce((total, weight) => total + weight, 0);
      const counts = shares(new Rotation(weights.map((weight, i) => [String(i), weight] as const)), sum);
      weights.forEach((weight, i) => {
        expect(counts[String(i)]).toBe(weight);
      });
    }),
  );
});
