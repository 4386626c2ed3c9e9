import { describe, expect, test } from "vitest";
import { makePlan } from "../../pipeline/plan/plan-for.ts";
import { historyView } from "../../pipeline/report/history-view.ts";
import { planView } from "../../pipeline/report/plan-view.ts";
import { statusView } from "../../pipeline/report/status-view.ts";
import { displayWidth, fit, plainText } from "../../pipeline/report/text.ts";
import { bytes, duration, moment } from "../../pipeline/report/units.ts";
import { sampleConfig, sampleContext } from "../support/sample-config.ts";
import { unwrap } from "../support/unwrap.ts";

test("a plan is drawn with stages, steps, what they need, and why they are due or not", () => {
  expect(planView(unwrap(makePlan(sampleConfig(), sampleContext())))).toEqual([
    "quotes 0.0.0-develop.7+aaaaaaa",
    "a push, refs/heads/develop at aaaaaaaaaaaa",
    "",
    "● Lint: checks run on every change",
    "    setup:node  npm ci",
    "    lint:biome  npx biome  ← setup:node",
    "○ Security scan: not due, not configured",
    "● Unit tests: checks run on every change",
    "    unit:vitest  npx vitest  ← setup:node",
    "● Integration tests: checks run on every change",
    "    integration:api  npx api  ← setup:node",
    "● Images: branch develop ships images, after lint, unit-test and integration-test",
    "    build:api  npm run build  ← setup:node",
    "    image:api  ← build:api",
    "● Staging: a push to develop, after image",
    "    rollout:staging",
    "○ Approval: not due, production is not due",
    "○ Production: not due, runs on a published release",
    "",
    "5 stages of 8 due, 7 steps.",
  ]);
});

test("a command of several lines is drawn as one that a shell would take", () => {
  const plan = unwrap(makePlan(sampleConfig(), sampleContext()));
  const [first] = plan.stages[0]?.steps.filter((step) => step.kind === "hermetic") ?? [];
  if (first === undefined) throw new Error("the sample has no step");
  first.commands = ["rm -rf dist &&\nmkdir dist\nif true; then\n  cp a \\\n  dist\nfi"];
  expect(planView(plan)).toContain(`    ${first.id}  rm -rf dist && mkdir dist; if true; then cp a dist; fi`);
});

test("a status says what is live, what runs, what is under way and what is warm", () => {
  const lines = statusView({
    environment: "production",
    url: "http://127.0.0.1:8080",
    live: "1.1.0",
    weights: { "1.2.0": 10, "1.1.0": 90 },
    health: {
      status: "DEGRADED",
      findings: [
        { name: "api", status: "HEALTHY", reason: "answers", recommendation: null },
        {
          name: "memory",
          status: "DEGRADED",
          reason: "84 %, degraded from 80 %",
          recommendation: "free or add memory capacity",
        },
      ],
    },
    components: [
      {
        version: "1.1.0",
        name: "api",
        state: "running",
        pid: 41,
        port: 40001,
        cpu: 0.126,
        memory: 62 * 1024 * 1024,
      },
      { version: "1.2.0", name: "api", state: "exited", pid: null, port: null, cpu: null, memory: null },
    ],
    accessories: [{ name: "postgres", state: "running", pid: 40, port: 40000 }],
    lease: { actor: "asha", version: "1.2.0", since: 1_700_000_000_000, token: 7 },
    warm: [{ version: "1.0.0", leftMs: 600_000 }],
    followUps: [],
    notes: ["state.json: cut off; the last valid copy was used"],
  });
  expect(lines).toEqual([
    "production: 1.1.0 is live at http://127.0.0.1:8080",
    "  health   DEGRADED",
    "           memory is DEGRADED: 84 %, degraded from 80 %; free or add memory capacity",
    "  traffic  1.2.0 10 %, 1.1.0 90 %",
    "  warm     1.0.0, for another 10 min",
    "  lease    a rollout of 1.2.0 by asha is under way, since 2023-11-14 22:13:20 UTC (token 7)",
    "  note     state.json: cut off; the last valid copy was used",
    "",
    "  COMPONENT  VERSION  STATE    PID  PORT   CPU   MEMORY",
    "  api        1.1.0    running  41   40001  13 %  62 MiB",
    "  api        1.2.0    exited   -    -      -     -",
    "  postgres   -        running  40   40000  -     -",
  ]);
});

test("an environment without anything says so", () => {
  const nothing = {
    url: null,
    live: null,
    weights: {},
    health: null,
    components: [],
    accessories: [],
    lease: null,
    warm: [],
    followUps: [],
    notes: [],
  };
  expect(statusView({ environment: "qa", ...nothing })).toEqual(["qa: nothing is live"]);
  expect(historyView("qa", [])).toEqual(["qa: nothing has happened yet"]);
});

test("a history is a table", () => {
  expect(
    historyView("production", [
      {
        at: 1_700_000_000_000,
        what: "deploy",
        version: "1.1.0",
        outcome: "returned",
        actor: "asha",
        ms: 12_000,
        reason: "p95",
        followUp: null,
      },
      {
        at: 1_690_000_000_000,
        what: "restart",
        version: null,
        outcome: "done",
        actor: null,
        ms: null,
        reason: null,
        followUp: null,
      },
    ]),
  ).toEqual([
    "production",
    "  WHEN                     WHAT     VERSION  OUTCOME   BY    TOOK  REASON",
    "  2023-11-14 22:13:20 UTC  deploy   1.1.0    returned  asha  12 s  p95",
    "  2023-07-22 04:26:40 UTC  restart  -        done      -     -",
  ]);
});

describe("units", () => {
  test.each([
    [0, "0 ms"],
    [999.4, "999 ms"],
    [999.6, "1 s"],
    [1_000, "1 s"],
    [12_345, "12.3 s"],
    [59_960, "1 min"],
    [185_000, "3 min 5 s"],
    [7_500_000, "2 h 5 min"],
  ])("%d ms is %s", (ms, words) => expect(duration(ms)).toBe(words));
  test.each([
    [512, "512 B"],
    [1536, "1.5 KiB"],
    [120 * 1024 * 1024, "120 MiB"],
  ])("%d bytes are %s", (size, words) => expect(bytes(size)).toBe(words));
  test("a moment is UTC", () => expect(moment(0)).toBe("1970-01-01 00:00:00 UTC"));
});

test("text of others loses its escape sequences and control characters, and is cut by display width", () => {
  expect(plainText("\u001b]0;title\u0007a\u001b[1;31mb\u001b[0m\rc\td\u001b[2K\u001b(B")).toBe("abc  d");
  expect(displayWidth("é日本")).toBe(5);
  expect(fit("日本語", 5)).toBe("日本…");
  expect(fit("abc", 3)).toBe("abc");
  expect(fit("abc", 0)).toBe("");
});
