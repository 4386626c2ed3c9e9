import { expect, test } from "vitest";
import type { ReleaseDiff } from "../../pipeline/deploy/diff.ts";
import type { GateSeen } from "../../pipeline/failure.ts";
import { eventLines } from "../../pipeline/report/console/event-lines.ts";
import { diffView } from "../../pipeline/report/diff-view.ts";
import { doctorView } from "../../pipeline/report/doctor-view.ts";
import { explainLines } from "../../pipeline/report/failure.ts";
import { reportOf } from "../../pipeline/report/fold.ts";
import { reportSchema } from "../../pipeline/report/schema.ts";
import type { RolloutFact } from "../../pipeline/run/event.ts";
import { timed } from "../support/sample-events.ts";

const gates: GateSeen[] = [
  {
    gate: "promotion",
    verdict: "pass",
    reason: "these digests completed on staging",
    by: "journal of staging",
    remedy: null,
  },
  {
    gate: "uat",
    verdict: "fail",
    reason: "117 of 120 tests passed (97.5 %), at least 100 % are asked for",
    by: "uat.xml",
    remedy: "test 1.2.0 and write uat.xml",
  },
  {
    gate: "notice",
    verdict: "inconclusive",
    reason: "Customers were told: nobody has confirmed it",
    by: "nobody",
    remedy: "`bellwether confirm production 1.2.0 notice`",
  },
];
const drawn: RolloutFact = { kind: "gates", environment: "production", version: "1.2.0", go: false, gates };
const began: RolloutFact = {
  kind: "began",
  environment: "production",
  version: "1.2.0",
  stable: "1.1.0",
  strategy: "canary",
};
const at = { kind: "rollout", stage: "production", step: "rollout:production" } as const;

test("the go/no-go matrix is a table in the console: gate, verdict, who says so, why", () => {
  const [event] = timed([{ ...at, fact: drawn }]);
  expect(event && eventLines(event).map(({ text, style }) => [text, style])).toEqual([
    ["[rollout:production] no-go: 1.2.0 to production, 2 of 3 gates did not pass", "red"],
    ["      GATE       VERDICT       SAYS                WHY", "dim"],
    ["    ✔ promotion  pass          journal of staging  these digests completed on staging", "green"],
    [
      "    ✖ uat        fail          uat.xml             117 of 120 tests passed (97.5 %), at least 100 % are asked for",
      "red",
    ],
    [
      "    ? notice     inconclusive  nobody              Customers were told: nobody has confirmed it",
      "yellow",
    ],
  ]);
});

test("a no-go lists every gate that did not pass, with its reason and what to do", () => {
  const failure = { kind: "no-go", environment: "production", version: "1.2.0", gates } as const;
  expect(explainLines({ ...failure, gates: [...gates] })).toEqual([
    "No-go: 1.2.0 does not go to production, 2 of 3 gates did not pass.",
    "  | uat (fail): 117 of 120 tests passed (97.5 %), at least 100 % are asked for → test 1.2.0 and write uat.xml",
    "  | notice (inconclusive): Customers were told: nobody has confirmed it → `bellwether confirm production 1.2.0 notice`",
    "  expected: every gate to pass; what is inconclusive is no pass",
    "  next: Do what each of them says, then repeat this run; `bellwether deploy production 1.2.0 --dry-run` asks them again.",
  ]);
  const one = explainLines({ ...failure, gates: gates.slice(0, 2) });
  expect(one.at(-1)).toBe("  next: Test 1.2.0 and write uat.xml.");
});

test("the report holds the matrix with its rollout, also of one that never began", () => {
  const refused = reportOf(timed([{ ...at, fact: drawn }]));
  expect(refused.rollouts).toMatchObject([
    { environment: "production", version: "1.2.0", outcome: "refused", gates },
  ]);
  const went = reportOf(
    timed([
      { ...at, fact: drawn },
      { ...at, fact: began },
    ]),
  );
  expect(went.rollouts).toMatchObject([
    { outcome: "unfinished", strategy: "canary", stable: "1.1.0", gates },
  ]);
  expect(reportSchema.safeParse(JSON.parse(JSON.stringify(went))).error).toBeUndefined();
});

test("the matrix fits the terminal: reasons go on below themselves, and who says so gives way first", () => {
  const [event] = timed([{ ...at, fact: drawn }]);
  const lines = event ? eventLines(event, 80).map(({ text }) => text) : [];
  expect(lines.slice(1)).toEqual([
    "      GATE       VERDICT       SAYS                WHY",
    "    ✔ promotion  pass          journal of staging  these digests completed on",
    "                                                   staging",
    "    ✖ uat        fail          uat.xml             117 of 120 tests passed",
    "                                                   (97.5 %), at least 100 % are",
    "                                                   asked for",
    "    ? notice     inconclusive  nobody              Customers were told: nobody",
    "                                                   has confirmed it",
  ]);
});

test("B45: the report has who broke the glass, why, and which gates were overridden", () => {
  const overridden = gates.slice(1).map(({ remedy: _, ...mark }) => mark);
  const glass = { actor: "ada", reason: "prices stand still", overridden, followUp: "0123456789ab" };
  const report = reportOf(
    timed([
      { ...at, fact: drawn },
      { ...at, fact: { kind: "break-glass", version: "1.2.0", ...glass } },
      { ...at, fact: began },
    ]),
  );
  expect(report.rollouts).toMatchObject([{ outcome: "unfinished", breakGlass: glass }]);
  expect(reportSchema.safeParse(JSON.parse(JSON.stringify(report))).error).toBeUndefined();
});

test("a doctor's findings are a table by rooms, each remedy below its line", () => {
  expect(
    doctorView([
      { room: "machine", what: "node", state: "ok", detail: "20.20.2", remedy: null },
      { room: "machine", what: "disk space", state: "warning", detail: "1.5 GiB free", remedy: "free some" },
      { room: "production", what: "lease", state: "problem", detail: "held by Ada", remedy: "wait for it" },
    ]).map(({ text, style }) => (style === "plain" ? text : `${style} ${text}`)),
  ).toEqual([
    "bold machine",
    "green   ✔ node        ok       20.20.2",
    "yellow   ! disk space  warning  1.5 GiB free",
    "      next: free some",
    "",
    "bold production",
    "red   ✖ lease       problem  held by Ada",
    "      next: wait for it",
    "",
    "red 3 checks: 1 problem, 1 warning",
  ]);
});

const diff: ReleaseDiff = {
  format: 1,
  environment: "production",
  from: { version: "1.1.0", revision: "a".repeat(40) },
  to: { version: "1.2.0", revision: "b".repeat(40) },
  same: false,
  code: [{ component: "api", from: `sha256:${"1".repeat(64)}`, to: `sha256:${"2".repeat(64)}` }],
  configuration: [{ path: "components.api.health.withinMs", from: "10000", to: "30000" }],
  environmentNames: { added: ["FEATURE"], removed: ["OLD", "OLDER"], changed: ["LOG_LEVEL"] },
  secrets: { added: ["API_KEY"], removed: [] },
  limits: [{ path: "watchMs", from: "5000", to: null }],
  resources: [{ path: "api memory", from: "256Mi", to: "512Mi" }],
  migration: { runs: true, changes: [] },
};

test("a diff says what would change, section by section, and leaves out what would not", () => {
  const commits = { count: 21, newest: [{ commit: "bbbbbbb", subject: "Quote NFLX" }] };
  expect(diffView(diff, commits)).toEqual([
    "production: 1.1.0 is live, 1.2.0 would be",
    "  code",
    "    api  sha256:111111111111  →  sha256:222222222222",
    "    21 commits",
    "      bbbbbbb Quote NFLX",
    "      and 20 more",
    "  configuration",
    "    components.api.health.withinMs: 10000 → 30000",
    "  environment",
    "    added: FEATURE",
    "    removed: OLD and OLDER",
    "    changed: LOG_LEVEL",
    "  secrets",
    "    added: API_KEY",
    "  limits",
    "    watchMs: 5000 → none",
    "  resource limits",
    "    api memory: 256Mi → 512Mi",
    "  schema",
    "    the migration would run",
  ]);
  expect(diffView({ ...diff, same: true }, null)).toEqual([
    "production: nothing would change with 1.2.0, only its name: 1.1.0 is live",
  ]);
  expect(diffView({ ...diff, from: null }, null)[0]).toBe("production: 1.2.0 would be the first release");
});
