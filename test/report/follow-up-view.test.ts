import { expect, test } from "vitest";
import type { FollowUp } from "../../pipeline/deploy/follow-up.ts";
import { followUpLines, followUpsOf } from "../../pipeline/report/follow-up-view.ts";
import { type HistoryEntry, historyView } from "../../pipeline/report/history-view.ts";
import { statusView } from "../../pipeline/report/status-view.ts";

const gate = (name: string) => ({ gate: name, verdict: "fail" as const, reason: "no", by: "nobody" });

const open: FollowUp = {
  ...{ id: "0123456789ab", version: "1.2.0", actor: "ada", reason: "prices stand still" },
  ...{ overridden: [gate("approval"), gate("uat")], at: 1_700_000_000_000, closed: null },
};
const closed: FollowUp = {
  ...open,
  id: "ba9876543210",
  closed: { actor: "bob", what: "reviewed by bob", at: 1_700_000_060_000 },
};

test("B45: a follow-up says what was overridden, who, when and why, and how to close it or how it was closed", () => {
  expect(followUpLines("production", open)).toEqual([
    "follow-up 0123456789ab is open: 1.2.0 went past approval and uat, by ada at 2023-11-14 22:13:20 UTC: prices stand still",
    '  close it: `bellwether follow-up production 0123456789ab --close "what was done"`',
  ]);
  expect(followUpLines("production", { ...closed, overridden: [] })).toEqual([
    "follow-up ba9876543210 is closed: 1.2.0 went past its gates, by ada at 2023-11-14 22:13:20 UTC: prices stand still",
    "  closed by bob at 2023-11-14 22:14:20 UTC: reviewed by bob",
  ]);
});

test("B45: status shows all that is owed, what was closed last, and how many before that", () => {
  const earlier = { ...closed, id: "a", closed: { actor: "bob", what: "done", at: 1_700_000_030_000 } };
  const followUps = [closed, earlier, open];
  const lines = statusView({
    ...{ environment: "production", url: null, live: "1.2.0", weights: {}, health: null, components: [] },
    ...{ accessories: [], lease: null, warm: [], followUps, notes: [] },
  });
  expect(lines).toEqual([
    "production: 1.2.0 is live",
    ...followUpLines("production", open).map((line) => `  ${line}`),
    ...followUpLines("production", closed).map((line) => `  ${line}`),
    "  1 more is closed: `bellwether follow-up production`",
  ]);
  expect(followUpsOf("production", [])).toEqual([]);
});

const entry = (over: Partial<HistoryEntry>): HistoryEntry => ({
  ...{ at: 1_700_000_000_000, what: "deploy", version: "1.2.0", outcome: "completed", actor: "ada" },
  ...{ ms: 12_000, reason: "", followUp: null },
  ...over,
});

test("B45: history shows what a break-glass owes below its rollout", () => {
  expect(historyView("production", [entry({ followUp: open }), entry({ version: "1.1.0" })])).toEqual([
    "production",
    "  WHEN                     WHAT    VERSION  OUTCOME    BY   TOOK  REASON",
    "  2023-11-14 22:13:20 UTC  deploy  1.2.0    completed  ada  12 s",
    ...followUpLines("production", open).map((line) => `    ${line}`),
    "  2023-11-14 22:13:20 UTC  deploy  1.1.0    completed  ada  12 s",
  ]);
});

test("a history that is too wide for the terminal sets its reasons below themselves, then two lines a rollout", () => {
  const reason = "p95 447.5 ms, limit 59.2 ms (stable 6.1 ms × 1.5 + 50 ms)";
  const entries = [entry({ outcome: "returned", reason }), entry({ ms: null, outcome: "under way" })];
  expect(historyView("production", entries, 100)).toEqual([
    "production",
    "  WHEN                     WHAT    VERSION  OUTCOME    BY   TOOK  REASON",
    "  2023-11-14 22:13:20 UTC  deploy  1.2.0    returned   ada  12 s  p95 447.5 ms, limit 59.2 ms",
    "                                                                  (stable 6.1 ms × 1.5 + 50 ms)",
    "  2023-11-14 22:13:20 UTC  deploy  1.2.0    under way  ada  -",
  ]);
  expect(historyView("production", entries, 80)).toEqual([
    "production",
    "  2023-11-14 22:13:20 UTC deploy 1.2.0 by ada",
    `    returned after 12 s: ${reason}`,
    "  2023-11-14 22:13:20 UTC deploy 1.2.0 by ada",
    "    under way",
  ]);
});
