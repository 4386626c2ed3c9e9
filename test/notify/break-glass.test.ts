import { expect, test } from "vitest";
import { alwaysTold, newsOf } from "../../pipeline/notify/news.ts";

test("B45: a release without approval is news, with who and why, for everybody whatever they asked for", () => {
  const fact = {
    kind: "break-glass",
    version: "1.2.0",
    actor: "ada",
    reason: "prices stand still",
    followUp: "0123",
  } as const;
  const event = { kind: "rollout", stage: "production", step: "rollout:production", fact, at: 1 } as const;
  expect(newsOf(event, () => "")).toMatchObject({
    event: "break-glass",
    environment: "production",
    version: "1.2.0",
    reason: "ada: prices stand still",
  });
  expect(alwaysTold).toContain("break-glass");
});
