import fc from "fast-check";
import { expect, test } from "vitest";
import {
  closeFrontend,
  look,
  lookAndMark,
  occupy,
  vacate,
  weigh,
} from "../../../pipeline/routers/haproxy/commands.ts";
import { complaintOf, factOf } from "../../../pipeline/routers/haproxy/runtime.ts";
import { serverWeights, sharesOf } from "../../../pipeline/routers/weights.ts";

test("commands of the runtime interface are single lines", () => {
  expect([
    occupy("s2", 4002),
    vacate("s2"),
    look,
    lookAndMark(true),
    lookAndMark(false),
    closeFrontend,
  ]).toEqual([
    "set server releases/s2 addr 127.0.0.1 port 4002; set server releases/s2 state ready",
    "set server releases/s2 weight 0; set server releases/s2 state maint; shutdown sessions server releases/s2",
    "show stat releases 4 -1",
    "show stat releases 4 -1; set server marks/mark state ready; show info",
    "show stat releases 4 -1; set server marks/mark state maint; show info",
    "shutdown frontend front",
  ]);
});

test("weights that rise are set first: somebody can be chosen at every moment", () => {
  const before = [
    { slot: "s1", weight: 100 },
    { slot: "s2", weight: 0 },
  ];
  const after = [
    { slot: "s1", weight: 0 },
    { slot: "s2", weight: 100 },
  ];
  expect(weigh(before, after)).toBe("set server releases/s2 weight 100; set server releases/s1 weight 0");
  expect(weigh([], [])).toBe("");
});

test("B23: whole percentages are weights as they are; others are scaled, and none that is something becomes nothing", () => {
  expect(serverWeights({ stable: 90, canary: 10, old: 0 })).toEqual({ stable: 90, canary: 10, old: 0 });
  expect(serverWeights({ stable: 99.9, canary: 0.1 })).toEqual({ stable: 256, canary: 1 });
  expect(serverWeights({})).toEqual({});
  expect(sharesOf({ s1: 3, s2: 1, s3: 0 })).toEqual({ s1: 75, s2: 25 });
  expect(sharesOf({ s1: 0 })).toEqual({});
});

test("B23: whatever the shares, each is kept to within half a percent, in weights that HAProxy takes", () => {
  const share = fc.double({ min: 0.5, max: 99.5, noNaN: true });
  fc.assert(
    fc.property(share, (canary) => {
      const weights = serverWeights({ stable: 100 - canary, canary });
      for (const weight of Object.values(weights)) {
        expect(Number.isInteger(weight) && weight >= 0 && weight <= 256).toBe(true);
      }
      expect(Math.abs((sharesOf(weights).canary ?? 0) - canary)).toBeLessThan(0.5);
    }),
  );
});

test("a command that is not taken is told apart from one that is, or that had nothing to change", () => {
  expect(complaintOf("\n\n")).toBeNull();
  expect(
    complaintOf("no need to change the addr, port changed from '1' to '4002' by 'stats socket command'\n\n"),
  ).toBeNull();
  expect(complaintOf("\nNo such server.\n\n")).toBe("No such server.");
});

test("a fact of the process is read by its name", () => {
  const information = "Name: HAProxy\nPid: 4711\nDroppedLogs: 0\n";
  expect([factOf(information, "Pid"), factOf(information, "id")]).toEqual(["4711", null]);
});
