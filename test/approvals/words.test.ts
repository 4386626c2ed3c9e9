import { expect, test } from "vitest";
import type { Failure } from "../../pipeline/failure.ts";
import { factWords } from "../../pipeline/report/fact.ts";
import { explainLines } from "../../pipeline/report/failure.ts";

const place = { environment: "production", version: "1.2.3" };
const digest = `sha256:${"a".repeat(64)}`;

const cases: [Failure, string[]][] = [
  [
    {
      kind: "approval-missing",
      ...place,
      digests: [digest],
      command: "bellwether approve production 1.2.3",
      given: "1 of 2 approvals of 1.2.3, 1 refused",
      refused: ["ada (approval-1.json): it is not signed"],
    },
    [
      "1.2.3 waits for approval for production.",
      `  | digest ${digest}`,
      "  | 1 of 2 approvals of 1.2.3, 1 refused",
      "  | refused: ada (approval-1.json): it is not signed",
      "  expected: an approval of 1.2.3 with these digests",
      "  next: Approve it with `bellwether approve production 1.2.3`, then repeat this run.",
    ],
  ],
  [
    { kind: "approval-refused", ...place, by: "ada@example.com", reason: "it is for other digests" },
    [
      "The approval of 1.2.3 for production by ada@example.com was refused: it is for other digests.",
      "  expected: an approval that counts",
      "  next: Have somebody approve it whose word counts: `bellwether approve production 1.2.3`.",
    ],
  ],
  [
    {
      kind: "approval-expired",
      ...place,
      requestedBy: "Ada",
      since: "2026-03-02T09:00:00.000Z",
      expired: "2026-03-02T13:00:00.000Z",
      given: "1 of 2 approvals of 1.2.3",
    },
    [
      "Nobody let 1.2.3 pass to production in time: asked for by Ada at 2026-03-02T09:00:00.000Z, it expired at 2026-03-02T13:00:00.000Z.",
      "  | 1 of 2 approvals of 1.2.3",
      "  expected: the approvals before 2026-03-02T13:00:00.000Z",
      "  next: It was withdrawn from the gate. Run the release again to ask anew.",
    ],
  ],
  [
    { kind: "signing-failed", key: "/keys/ada", reason: "there is no such file", remedy: "Name your key." },
    [
      "The approval could not be signed with /keys/ada: there is no such file.",
      "  expected: a signature by an SSH key",
      "  next: Name your key.",
    ],
  ],
  [
    {
      kind: "follow-up-open",
      environment: "production",
      followUps: [
        {
          id: "0123456789ab",
          version: "1.2.2",
          actor: "Ada",
          reason: "prices stand still",
          since: "2026-03-02T09:00:00.000Z",
          overridden: [
            { gate: "approval", verdict: "inconclusive", reason: "0 of 1 approvals", by: "nobody" },
          ],
        },
      ],
    },
    [
      "production owes 1 follow-up of releases that went past its gates (break-glass).",
      "  | 0123456789ab: 1.2.2 past approval, by Ada at 2026-03-02T09:00:00.000Z: prices stand still",
      "  expected: no open follow-up before the next ordinary deploy",
      '  next: Close it: `bellwether follow-up production 0123456789ab --close "what was done"`. A rollback is not held up.',
    ],
  ],
];

test.each(cases)("$kind says what happened, what was expected and what to do next", (failure, lines) => {
  expect(explainLines(failure)).toEqual(lines);
});

test("B45: a break-glass is told loudly, with the gates that it goes past, who, why and what is owed for it", () => {
  const reason = "prices stand still";
  const overridden = ["approval", "health", "uat"].map((gate) => ({
    gate,
    verdict: "fail" as const,
    reason: "",
    by: "",
  }));
  expect(
    factWords({
      ...{ kind: "break-glass", version: "1.2.3", actor: "Ada", reason, overridden },
      followUp: "0123456789ab",
    }),
  ).toBe(
    "BREAK-GLASS: 1.2.3 goes past approval, health and uat, by Ada: prices stand still (follow-up 0123456789ab)",
  );
});
