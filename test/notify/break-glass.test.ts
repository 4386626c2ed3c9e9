import { expect, test } from "vitest";
import { alwaysTold, newsOf } from "../../pipeline/notify/news.ts";
import type { RolloutFact } from "../../pipeline/run/event.ts";

test("B45: a break-glass is news, with who, why and what it went past, for everybody whatever they asked for", () => {
  const fact = {
    kind: "break-glass",
    version: "1.2.0",
    actor: "ada",
    reason: "prices stand still",
    overridden: [
      { gate: "approval", verdict: "inconclusive", reason: "0 of 1 approvals of 1.2.0", by: "nobody" },
      { gate: "uat", verdict: "fail", reason: "1 of 4 tests failed", by: "uat.xml" },
    ],
    followUp: "0123",
  } satisfies RolloutFact;
  const event = { kind: "rollout", stage: "production", step: "rollout:production", fact, at: 1 } as const;
  expect(newsOf(event, () => "")).toMatchObject({
    event: "break-glass",
    environment: "production",
    version: "1.2.0",
    reason:
      "ada: prices stand still; overridden: approval (0 of 1 approvals of 1.2.0), uat (1 of 4 tests failed)",
  });
  expect(alwaysTold).toContain("break-glass");
});
