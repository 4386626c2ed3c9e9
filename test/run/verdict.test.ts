import { expect, test } from "vitest";
import type { Failure } from "../../pipeline/failure.ts";
import { combined, worstExit } from "../../pipeline/run/verdict.ts";

const usage: Failure = { kind: "usage", got: "", expected: "", remedy: "" };
const gone: Failure = { kind: "git-missing" };
const held: Failure = { kind: "state-held", directory: "", pid: 1, since: "" };
const late: Failure = { kind: "step-timeout", step: "", limitMs: 1, tail: [] };
const stopped: Failure = { kind: "interrupted", by: "SIGINT" };
const bug: Failure = { kind: "bug", message: "", stack: "" };
const lost: Failure = {
  kind: "recovery-failed",
  environment: "",
  live: null,
  weights: {},
  because: late,
  recovery: late,
  command: "",
};

test("the exit code of a run is the worst failure's: 4, 70, 130, 1, 3, 2, and 0 without one", () => {
  const all = [usage, gone, held, late, stopped, bug, lost];
  expect(worstExit(all)).toBe(4);
  expect(worstExit(all.slice(0, 6))).toBe(70);
  expect(worstExit(all.slice(0, 5))).toBe(130);
  expect(worstExit(all.slice(0, 4))).toBe(1);
  expect(worstExit(all.slice(0, 3))).toBe(3);
  expect(worstExit(all.slice(0, 2))).toBe(2);
  expect(worstExit([])).toBe(0);
});

test("a whole is interrupted before failed before passed, and skipped where nothing was done", () => {
  expect(combined(["passed", "failed", "interrupted"])).toBe("interrupted");
  expect(combined(["passed", "failed", "skipped"])).toBe("failed");
  expect(combined(["skipped", "passed"])).toBe("passed");
  expect(combined(["skipped"])).toBe("skipped");
  expect(combined([])).toBe("skipped");
});
