import fc from "fast-check";
import { expect, test } from "vitest";
import { editDistance, nearest } from "../../pipeline/config/nearest.ts";

test.each([
  ["artfact", ["artifact", "command"], "artifact"],
  ["enviroments", ["environments", "components"], "environments"],
  ["blue-gren", ["recreate", "blue-green", "canary"], "blue-green"],
  ["tiemout", ["timeout", "run"], "timeout"],
  ["Timeout", ["timeout", "run"], "timeout"],
  ["rn", ["run", "env"], "run"],
  ["kubernetes", ["local"], null],
  ["x", ["env", "run"], null],
  ["anything", [], null],
])("nearest to %j in %j is %j", (name, known, expected) => {
  expect(nearest(name, known)).toBe(expected);
});

test("the distance is zero only for equal texts, the same both ways, and never above the longer length", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      const distance = editDistance(a, b);
      expect(distance === 0).toBe(a === b);
      expect(distance).toBe(editDistance(b, a));
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});

test("swapped neighbours are one edit", () => {
  expect(editDistance("form", "from")).toBe(1);
});
