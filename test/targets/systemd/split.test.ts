import { expect, test } from "vitest";
import { hostShares } from "../../../pipeline/targets/systemd/split.ts";

const at = (weight: number, of: number, split: "weights" | "hosts" = "hosts") =>
  Array.from({ length: of }, (_, index) =>
    hostShares(split, { old: 100 - weight, new: weight }, { live: "old", at: index, of }),
  ).map((shares) => shares.new ?? 0);

test.each([
  [10, [100, 0, 0]],
  [50, [100, 100, 0]],
  [90, [100, 100, 0]],
  [100, [100, 100, 100]],
  [0, [0, 0, 0]],
])("with hosts, %i %% of three are whole hosts, the first one first", (weight, expected) => {
  expect(at(weight, 3)).toEqual(expected);
});

test("with weights each host splits its own traffic, as does a single one", () => {
  expect(at(10, 3, "weights")).toEqual([10, 10, 10]);
  expect(at(10, 1)).toEqual([10]);
});
