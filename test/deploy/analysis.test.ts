import { expect, test } from "vitest";
import { normaliseAnalysis } from "../../pipeline/config/normalise-analysis.ts";
import { judge, judgeRecorded, ownChecks, recentErrors, unmeasured } from "../../pipeline/deploy/analysis.ts";
import type { Window } from "../../pipeline/deploy/traffic.ts";
import { good, judged, series, terms, traffic, unreadable, value, written } from "./support.ts";

const usual = terms(normaliseAnalysis({ "max-errors": "1%", "max-ratio": 1.2, slack: "5ms" }));

/** The two checks that are always there, both over the same traffic. */
const both = (canary: Partial<Window>, heldMs = 8_000, stable: Window | null = { ...good, requests: 900 }) =>
  judged(usual, [traffic(canary, stable), traffic(canary, stable)], heldMs);

const beside = (changes: Partial<Window>): Window => ({ ...good, ...changes });

test.each<[string, ReturnType<typeof both>, string, string]>([
  ["all is well", both({}), "successful", "0 of 100 requests failed; p95 10 ms (stable 10 ms)"],
  ["it is held too short", both({}, 7_999), "waiting", "held 7999 of 8000 ms"],
  [
    "errors are at the limit",
    both({ failed: 1 }),
    "successful",
    "1 of 100 requests failed; p95 10 ms (stable 10 ms)",
  ],
  ["errors are above the limit", both({ failed: 2 }), "failed", "2 of 100 requests failed, limit 1 %"],
  [
    "the first of few requests fails",
    both({ requests: 1, failed: 1 }, 500),
    "failed",
    "1 of 1 requests failed, limit 1 %",
  ],
  [
    "stable fails as often",
    both({ failed: 2 }, 9_000, beside({ failed: 2 })),
    "waiting",
    "2 of 100 requests failed, stable is no better",
  ],
  [
    "stable fails as often until the limit",
    both({ failed: 2 }, 60_000, beside({ failed: 2 })),
    "inconclusive",
    "2 of 100 requests failed, stable is no better",
  ],
  [
    "stable fails, but less",
    both({ failed: 5 }, 8_000, beside({ failed: 4 })),
    "failed",
    "5 of 100 requests failed, limit 1 %",
  ],
  [
    "p95 is at its limit",
    both({ p95Ms: 17 }),
    "successful",
    "0 of 100 requests failed; p95 17 ms (stable 10 ms)",
  ],
  [
    "p95 is above its limit, early",
    both({ p95Ms: 17.1 }, 500),
    "failed",
    "p95 17.1 ms, limit 17 ms (stable 10 ms × 1.2 + 5 ms)",
  ],
  ["p95 is bad but samples are few", both({ requests: 29, p95Ms: 99 }), "waiting", "29 requests, 30 needed"],
  [
    "stable has too few requests",
    both({}, 8_000, beside({ requests: 29 })),
    "waiting",
    "100 requests, 29 of stable, 30 needed",
  ],
])("the verdict where %s", (_, verdict, expected, reason) => {
  expect(verdict).toEqual({ verdict: expected, reason });
});

test.each<[string, ReturnType<typeof both>]>([
  ["there are too few requests", both({ requests: 29 }, 60_000)],
  ["there are none", both({ requests: 0, p95Ms: null }, 60_000)],
  ["counts are NaN", both({ requests: Number.NaN }, 60_000)],
  ["latency is NaN", both({ p95Ms: Number.NaN }, 60_000)],
  ["latency is unknown", both({ p95Ms: null }, 60_000)],
  ["nothing was measured at all", judge(usual, unmeasured(usual), 60_000)],
])("B24: at the time limit it is inconclusive, never a pass, where %s", (_, verdict) => {
  expect(verdict.verdict).toBe("inconclusive");
});

test("B24: one millisecond before the time limit it still waits", () => {
  expect(both({ requests: 29 }, 59_999).verdict).toBe("waiting");
});

test("each check has its own minimum of requests, for each version", () => {
  const checks = written(
    { errors: "canary", samples: 500 },
    { p95: "canary", against: "stable", samples: 20 },
  );
  const reading = traffic({ requests: 100 });
  expect(judged(terms(checks), [reading, reading])).toEqual({
    verdict: "waiting",
    reason: "100 requests, 500 needed",
  });
});

test("a failure of the last minute counts by itself, however good the hour before it was", () => {
  const hour = { ...good, requests: 100_000, failed: 30 };
  const minute = { ...good, requests: 1_000, failed: 30 };
  const reading = { ...traffic(hour), recent: { canary: minute, stable: null } };
  expect(judged(terms(written({ errors: "canary" })), [reading])).toEqual({
    verdict: "failed",
    reason: "30 of 1000 requests failed, limit 1 %, in the last minute",
  });
});

test("B27: with failure-limit 3 the fourth failed measurement is the one that fails, in a row or not", () => {
  const check = { command: "true", max: 5, "failure-limit": 3, for: "0s" };
  const [bad, fine] = [value(9), value(1)];
  const prometheus = { prometheus: "x", max: 5, "failure-limit": 3 };
  expect(series(prometheus, bad, bad, bad, bad)).toEqual(["waiting", "waiting", "waiting", "failed"]);
  expect(series(prometheus, bad, fine, bad, fine, bad, fine, bad)).toEqual([
    "waiting",
    "successful",
    "waiting",
    "successful",
    "waiting",
    "successful",
    "failed",
  ]);
  const ended = (exitCode: number) => ({ kind: "command" as const, exitCode, signal: null, value: 1 });
  expect(series(check, ended(1), ended(1), ended(1), ended(1)).at(-1)).toBe("failed");
});

test("B27: by default the first failed measurement is the one that fails", () => {
  expect(series({ prometheus: "x", max: 5 }, value(1), value(9))).toEqual(["successful", "failed"]);
});

test("B27: the reason of a tripped limit names the count and the limit", () => {
  const given = terms(written({ prometheus: "up", is: 1, "failure-limit": 1 }));
  const at = (ms: number) => ({ check: 0, at: ms, reading: value(0) });
  expect(judgeRecorded(given, [at(1), at(2)], 10)).toEqual({
    verdict: "failed",
    reason: "up: value 0, expected 1; 2 measurements failed, 1 may",
  });
});

test("inconclusive-limit 2: the third inconclusive measurement in all is the one that ends it", () => {
  const empty = { kind: "empty" as const, reason: "no values found" };
  const check = { prometheus: "x", max: 5, "inconclusive-limit": 2 };
  expect(series(check, empty, value(1), empty, empty)).toEqual([
    "waiting",
    "successful",
    "waiting",
    "inconclusive",
  ]);
  expect(series({ prometheus: "x", max: 5 }, ...Array(50).fill(empty)).at(-1)).toBe("waiting");
});

test("B26: by default the fifth error in a row is an error, the fourth is not, and a good one starts the count again", () => {
  const check = { prometheus: "x", max: 5 };
  const four = Array(4).fill(unreadable);
  expect(series(check, ...four)).toEqual(["waiting", "waiting", "waiting", "waiting"]);
  expect(series(check, ...four, unreadable).at(-1)).toBe("error");
  expect(series(check, ...four, value(1), ...four).at(-1)).toBe("waiting");
});

test("B26: the reason of an error names the source, how often, and what was wrong", () => {
  const given = terms(written({ errors: "canary", "consecutive-error-limit": 0 }));
  expect(judged(given, [unreadable], 500)).toEqual({
    verdict: "error",
    reason: "statistics unreadable 1 times in a row: connection refused",
  });
});

test("B26: with on-error hold it is waited for until the time limit, and is then an error, not a failure", () => {
  const check = { prometheus: "x", max: 5, "on-error": "hold" as const, "consecutive-error-limit": 0 };
  expect(series(check, unreadable, unreadable, value(1))).toEqual(["waiting", "waiting", "successful"]);
  const given = terms(written(check));
  expect(judged(given, [unreadable], 59_999).verdict).toBe("waiting");
  expect(judged(given, [unreadable], 60_000).verdict).toBe("error");
});

test("consecutive-success-limit 3: the third success in a row is the one that passes", () => {
  const check = { prometheus: "x", max: 5, "failure-limit": 9, "consecutive-success-limit": 3 };
  const [bad, fine] = [value(9), value(1)];
  expect(series(check, fine, fine, bad, fine, fine, fine)).toEqual([
    "waiting",
    "waiting",
    "waiting",
    "waiting",
    "waiting",
    "successful",
  ]);
});

test("a tolerated failure is not what a hold ends with: the newest measurement must be good", () => {
  const given = terms(written({ prometheus: "x", max: 5, "failure-limit": 9 }));
  expect(judged(given, [value(9)])).toEqual({ verdict: "waiting", reason: "x: value 9, expected at most 5" });
});

test("with `for`, a value beyond its limit fails once it has been so for that time, and not before", () => {
  const slow = { p95: "canary" as const, max: "100ms", for: "2s" };
  const bad = traffic({ p95Ms: 120 }, null);
  const fine = traffic({ p95Ms: 80 }, null);
  expect(series(slow, bad, bad, bad)).toEqual(["waiting", "waiting", "failed"]);
  expect(series(slow, bad, bad, fine, bad, bad)).not.toContain("failed");
  expect(series(slow, fine, fine, fine)).toEqual(["waiting", "waiting", "successful"]);
});

test("with `for`, a gap in the evidence starts the time again", () => {
  const check = { prometheus: "up", is: 1, for: "2s" };
  const empty = { kind: "empty" as const, reason: "no values found" };
  expect(series(check, value(1), value(1), empty, value(1), value(1), value(1))).toEqual([
    "waiting",
    "waiting",
    "waiting",
    "waiting",
    "waiting",
    "successful",
  ]);
});

test("a check of the canary beside stable is left out where stable is no measure, its threshold stays", () => {
  const checks = written({ p95: "canary" }, { p95: "canary", max: "100ms", against: "stable" });
  expect(ownChecks(checks)).toMatchObject([{ kind: "p95", maxMs: 100, against: null }]);
});

test("B18: after the switch errors need no minimum of requests, and no traffic is no failure", () => {
  const recent = (changes: Partial<Window>) => recentErrors({ canary: { ...good, ...changes } }, 0.01);
  expect(recent({ requests: 1, failed: 1 })).toBe(
    "1 of 1 requests failed in the last two seconds, limit 1 %",
  );
  expect(recent({ requests: 100, failed: 1 })).toBeNull();
  expect(recent({ requests: 99, failed: 1 })).not.toBeNull();
  expect(recent({ requests: 0 })).toBeNull();
  const watch = terms(written({ errors: "canary" }), { samples: 1, holdMs: 5_000, silent: true });
  expect(judged(watch, [traffic({ requests: 0 }, null)]).verdict).toBe("successful");
  expect(judged(watch, [traffic({ requests: 0 }, null)], 4_999).verdict).toBe("waiting");
});

test("B25: a watch does not end well on statistics that cannot be read", () => {
  const watch = terms(written({ errors: "canary" }), { samples: 1, holdMs: 5_000, silent: true });
  expect(judged(watch, [unreadable], 9_000).verdict).toBe("waiting");
});

test("B25: an analysis that ends before its hold is over is no pass, however good it was", () => {
  const hold = terms(written({ errors: "canary" }), { samples: 1, holdMs: 10_000 });
  expect(judged(hold, [traffic()], 9_999).verdict).toBe("waiting");
  expect(judged(hold, [traffic()], 10_000).verdict).toBe("successful");
});

test("B25: a hold in which a source gave only errors is no pass, however long it was", () => {
  const checks = written({ errors: "canary" }, { prometheus: "x", max: 5 });
  expect(judged(terms(checks), [traffic(), unreadable], 59_999).verdict).toBe("waiting");
  expect(judged(terms(checks), [traffic(), unreadable], 60_000).verdict).toBe("error");
});
