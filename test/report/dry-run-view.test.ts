import { expect, test } from "vitest";
import type { GateSeen } from "../../pipeline/failure.ts";
import { type DryRun, dryRunView } from "../../pipeline/report/dry-run-view.ts";

const gates: GateSeen[] = [
  { gate: "promotion", verdict: "pass", reason: "completed on staging", by: "journal", remedy: null },
  { gate: "uat", verdict: "fail", reason: "3 of 4 tests passed", by: "uat.xml", remedy: "test it" },
  {
    gate: "notice",
    verdict: "inconclusive",
    reason: "nobody has confirmed it",
    by: "nobody",
    remedy: "`bellwether confirm production 1.2.0 notice`",
  },
];

const plain: DryRun = {
  ...{ environment: "production", version: "1.2.0", go: false, gates, steps: ["place", "commit"] },
  ...{ breakGlass: null, fix: null, supersede: false, underWay: null },
};

const view = (run: Partial<DryRun>, columns?: number) =>
  dryRunView({ ...plain, ...run }, columns).map(({ text }) => text);

/** What the view says between the gates and the steps. */
const between = (run: Partial<DryRun>) => {
  const lines = view(run);
  return lines.slice(lines.indexOf("") + 1, lines.indexOf("the rollout would take these steps:") - 1);
};

test("a dry run shows the gates with what to do, and the steps", () => {
  expect(view({})).toEqual([
    "no-go: 1.2.0 to production, 2 of 3 gates did not pass",
    "    GATE       VERDICT       SAYS     WHY",
    "  ✔ promotion  pass          journal  completed on staging",
    "  ✖ uat        fail          uat.xml  3 of 4 tests passed",
    "  ? notice     inconclusive  nobody   nobody has confirmed it",
    "  next (uat): test it",
    "  next (notice): `bellwether confirm production 1.2.0 notice`",
    "",
    "the rollout would take these steps:",
    "   1. place",
    "   2. commit",
    "",
    "dry run: nothing was changed",
  ]);
  expect(view({ gates: [], steps: [] })).toEqual([
    "production has no gates",
    "",
    "1.2.0 is live already: there would be no rollout",
    "",
    "dry run: nothing was changed",
  ]);
});

test("the matrix of a dry run has the colours of a rollout's", () => {
  expect(
    dryRunView(plain)
      .slice(0, 5)
      .map(({ style }) => style),
  ).toEqual(["red", "dim", "green", "red", "yellow"]);
});

test("B45: with --break-glass the gates that it would go past are named, and need nothing done", () => {
  const breakGlass = { overridden: ["uat", "notice"], refused: [] };
  const lines = view({ breakGlass, go: true });
  expect(lines.filter((text) => text.includes("next ("))).toEqual([]);
  expect(between({ breakGlass })).toEqual([
    "break-glass: it would go past uat and notice; everybody is told, and a follow-up opens",
  ]);
});

test.each<[string, Partial<DryRun>, string]>([
  [
    "is not broken where every gate passes",
    { gates: gates.slice(0, 1), breakGlass: { overridden: [], refused: [] } },
    "break-glass: every gate passes, so that no glass would be broken",
  ],
  [
    "does not go past a promotion",
    { breakGlass: { overridden: ["uat"], refused: ["promotion"] } },
    "break-glass: it does not go past promotion; the deploy would be refused",
  ],
])("B45: the glass %s", (_, run, line) => expect(between(run)).toEqual([line]));

test.each<[string, Partial<DryRun>, string]>([
  [
    "compares nothing with what is live",
    { fix: { live: "1.1.0", serves: true } },
    "fix: nothing is compared with 1.1.0, and its own health holds nothing back",
  ],
  [
    "goes over at once where nothing serves",
    { fix: { live: "1.1.0", serves: false } },
    "fix: nothing is compared with 1.1.0, and its own health holds nothing back; 1.1.0 does not serve, so that all traffic would go over at once",
  ],
  [
    "has nothing to mend on an empty environment",
    { fix: { live: null, serves: false } },
    "fix: nothing is live, so that there is nothing to mend",
  ],
])("B33: a fix %s", (_, run, line) => expect(between(run)).toEqual([line]));

const other = { version: "1.3.0", actor: "asha", since: 1_700_000_000_000 };

test.each<[string, Partial<DryRun>, string[]]>([
  [
    "would give way is told",
    { underWay: { ...other, way: "gives-way", cause: "deploy" } },
    [
      "under way: a rollout of 1.3.0 by asha, since 2023-11-14 22:13:20 UTC; it would give way, and return to stable first",
    ],
  ],
  [
    "would not give way is told with what helps",
    { underWay: { ...other, way: "stays", cause: "deploy" } },
    [
      "under way: a rollout of 1.3.0 by asha, since 2023-11-14 22:13:20 UTC; it would not give way, and the deploy would be refused",
      "  next: add --supersede, or wait until it has ended: `bellwether status production`",
    ],
  ],
  [
    "is a rollback gives way to nothing, --supersede included",
    { supersede: true, underWay: { ...other, way: "stays", cause: "rollback" } },
    [
      "under way: a rollout of 1.3.0 by asha, since 2023-11-14 22:13:20 UTC; it would not give way, and the deploy would be refused",
      "  next: wait until it has ended: `bellwether status production`",
    ],
  ],
  [
    "lost its engine is ended first",
    { underWay: { ...other, way: "left" } },
    [
      "left unfinished: a rollout of 1.3.0 by asha, since 2023-11-14 22:13:20 UTC; it would be brought to its end first",
    ],
  ],
  [
    "does not exist needs no --supersede",
    { supersede: true },
    ["supersede: no rollout is under way that would have to give way"],
  ],
])("B30: a rollout under way that %s", (_, run, lines) => expect(between(run)).toEqual(lines));
