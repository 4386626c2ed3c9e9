import { expect, test } from "vitest";
import type { Failure } from "../../pipeline/failure.ts";
import { createConsole } from "../../pipeline/report/console/console.ts";
import type { RunEvent } from "../../pipeline/run/event.ts";
import { FakeTerminal } from "../support/fake-terminal.ts";
import { returnedRelease, timed } from "../support/sample-events.ts";

const stages = [
  { id: "lint", title: "Lint" },
  { id: "security-scan", title: "Security scan" },
  { id: "production", title: "Production" },
];

function given({
  interactive,
  columns = 100,
  colour = false,
}: {
  interactive: boolean;
  columns?: number;
  colour?: boolean;
}) {
  const terminal = new FakeTerminal(columns);
  const raw: string[] = [];
  const time = { now: 0, ticking: 0, draw: (): void => undefined };
  const shown = createConsole({
    interactive,
    colour,
    stages,
    columns: () => terminal.columns,
    rows: () => terminal.rows,
    now: () => time.now,
    tick: (draw) => {
      time.ticking += 1;
      time.draw = draw;
      return () => {
        time.ticking -= 1;
      };
    },
    write: (text) => {
      raw.push(text);
      terminal.write(text);
    },
  });
  const tell = (events: RunEvent[]): void => {
    for (const event of events) {
      time.now = event.at;
      shown.listener(event);
    }
  };
  return { terminal, raw, time, shown, tell };
}

const summary = [
  "",
  "✔ Lint           passed   12 ms  1 step, 1 from the cache",
  "○ Security scan  skipped         not configured",
  "✖ Production     failed   6 s    1 step",
  "production: 1.2.0 was withdrawn, 1.1.0 stays live: p95 410 ms, stable 8 ms",
  "",
  "✖ 1.2.0 was withdrawn from production; 1.1.0 is live. The analysis at 10 % failed: p95 410 ms, stable 8 ms.",
  "  next: Mend the release and ship it again.",
  "",
  "quotes 1.2.0 failed in 17 s, 1 of 2 steps from the cache, exit code 1",
];

test("without a terminal each event is plain lines that say where they come from, and a summary ends it", () => {
  const { raw, terminal, tell } = given({ interactive: false, columns: 1000 });
  tell(returnedRelease());
  expect(raw.join("")).not.toContain("\u001b");
  expect(terminal.lines).toEqual([
    "quotes 1.2.0 (refs/tags/v1.2.0) on the host executor",
    "○ Security scan: skipped, not configured",
    "▶ Lint",
    "[lint:biome] started",
    "[lint:biome] checked 9 files",
    "[lint:biome] passed from the cache",
    "✔ Lint: passed in 12 ms",
    "▶ Production",
    "[rollout:production] started",
    "[rollout:production] 1.2.0 to production by canary, 1.1.0 is live",
    "[rollout:production] traffic: 1.2.0 10 %, 1.1.0 90 %",
    "[rollout:production] 10 % for 4 s of 8 s: 1.2.0 40 requests, 0 failed, p95 410 ms; 1.1.0 360 requests, 0 failed, p95 8 ms: failed: p95",
    "[rollout:production] going back from 1.2.0 to 1.1.0: p95 410 ms, stable 8 ms",
    "[rollout:production] traffic: 1.1.0 100 %",
    "[rollout:production] 1.2.0 was withdrawn, 1.1.0 is live: p95 410 ms, stable 8 ms",
    "[rollout:production] 1.2.0 was withdrawn from production; 1.1.0 is live. The analysis at 10 % failed: p95 410 ms, stable 8 ms.",
    "[rollout:production]   expected: a successful verdict at every weight",
    "[rollout:production]   next: Mend the release and ship it again.",
    "✖ Production: failed in 6 s",
    ...summary,
  ]);
});

test("in a terminal a tree stays at the end, with the canary's numbers by version", () => {
  const { terminal, time, tell } = given({ interactive: true });
  tell(returnedRelease().slice(0, 12));
  expect(terminal.lines).toEqual([
    "quotes 1.2.0 (refs/tags/v1.2.0) on the host executor",
    "[rollout:production] 1.2.0 to production by canary, 1.1.0 is live",
    "[rollout:production] traffic: 1.2.0 10 %, 1.1.0 90 %",
    "✔ Lint  12 ms",
    "○ Security scan  not configured",
    "⠋ Production  4 s",
    "    rollout:production  3 s",
    "      1.2.0   10 %  40 requests   0 failed  p95 410 ms  ██░░░░░░░░░░░░░░░░░░",
    "      1.1.0   90 %  360 requests  0 failed  p95 8 ms    ██████████████████░░",
    "      10 % held 4 s of 8 s: failed: p95",
  ]);
  expect(terminal.cursorShown).toBe(false);
  time.now += 2_100;
  time.draw();
  expect(terminal.lines[5]).toBe("⠙ Production  6.1 s");
  expect(terminal.lines).toHaveLength(10);
});

test("at the end the tree is gone, the summary stands, the cursor is back and nothing ticks", () => {
  const { terminal, time, shown, tell } = given({ interactive: true, columns: 200 });
  tell(returnedRelease());
  expect(terminal.lines.slice(-summary.length)).toEqual(summary);
  expect(terminal.lines.filter((text) => text.includes("⠋") || text.startsWith("✔ Lint  12"))).toEqual([]);
  expect(terminal.cursorShown).toBe(true);
  expect(time.ticking).toBe(0);
  shown.close();
  expect(terminal.cursorShown).toBe(true);
});

test("lines of the tree never break, whatever the width, and a resize leaves nothing behind", () => {
  const { terminal, time, tell } = given({ interactive: true, columns: 30 });
  tell(returnedRelease().slice(0, 12));
  const tree = terminal.lines.slice(-7);
  expect(tree[4]).toBe("      1.2.0   10 %  40 reque…");
  for (const text of tree) expect([...text].length).toBeLessThan(30);
  time.draw();
  time.draw();
  expect(terminal.lines.slice(-7)).toEqual(tree);
  expect(terminal.lines.filter((text) => text.startsWith("✔ Lint"))).toHaveLength(1);
});

test("a tree that is taller than the terminal keeps what runs", () => {
  const { terminal, tell } = given({ interactive: true });
  terminal.rows = 5;
  tell(returnedRelease().slice(0, 12));
  expect(terminal.lines.slice(-4)[0]).toBe("⠋ Production  4 s");
});

test("output is not drawn line by line: the next tick shows the last one, without its control characters", () => {
  const { terminal, time, tell } = given({ interactive: true });
  tell(returnedRelease().slice(0, 4));
  const { writes } = terminal;
  tell(returnedRelease().slice(4, 5));
  expect(terminal.writes).toBe(writes);
  time.draw();
  expect(terminal.lines[2]).toBe("    lint:biome  1 s  checked 9 files");
});

test("a failed step shows its last lines in the terminal", () => {
  const { terminal, tell } = given({ interactive: true });
  const failure: Failure = {
    kind: "step-failed",
    step: "lint:biome",
    end: { exitCode: 1, signal: null },
    tail: ["src/a.ts is wrong"],
  };
  tell([
    ...returnedRelease().slice(0, 4),
    ...timed([
      {
        kind: "step-finished",
        stage: "lint",
        step: "lint:biome",
        title: "biome",
        result: { outcome: "failed", failure },
        ms: 900,
      },
    ]),
  ]);
  expect(terminal.lines).toContain("[lint:biome]   | src/a.ts is wrong");
});

test("a missing approval waits rather than fails, and failures of no step are told in full in the summary", () => {
  const { terminal, tell } = given({ interactive: false, columns: 1000 });
  const failure: Failure = {
    kind: "approval-missing",
    environment: "production",
    version: "1.2.0",
    digests: ["sha256:ab"],
    command: "bellwether approve production 1.2.0",
  };
  tell(
    timed([
      {
        kind: "run-started",
        run: "r1",
        app: "quotes",
        version: "1.2.0",
        ref: "refs/tags/v1.2.0",
        executor: "host",
      },
      { kind: "run-finished", run: "r1", outcome: "failed", ms: 1000, failures: [failure] },
    ]),
  );
  expect(terminal.lines.slice(2)).toEqual([
    "",
    "‖ 1.2.0 waits for approval for production.",
    "  | digest sha256:ab",
    "  expected: an approval of 1.2.0 with these digests",
    "  next: Approve it with `bellwether approve production 1.2.0`, then repeat this run.",
    "",
    "quotes 1.2.0 waits in 1 s, 0 steps, exit code 3",
  ]);
});

const rollout = { kind: "rollout", stage: "production", step: "rollout:production" } as const;

test("while somebody is asked something nothing else is written, and what happened is told afterwards", async () => {
  const { terminal, time, shown, tell } = given({ interactive: true });
  tell(returnedRelease().slice(0, 9));
  let answer: (yes: boolean) => void = () => undefined;
  const asked = shown.aside(() => new Promise<boolean>((resolve) => (answer = resolve)));
  expect(terminal.lines).toEqual(["quotes 1.2.0 (refs/tags/v1.2.0) on the host executor"]);
  expect(terminal.cursorShown).toBe(true);
  terminal.write("Release 1.2.0 to production?\n");
  const { writes } = terminal;
  tell(returnedRelease().slice(9, 11));
  time.draw();
  expect(terminal.writes).toBe(writes);
  answer(true);
  expect(await asked).toBe(true);
  expect(terminal.lines.slice(0, 5)).toEqual([
    "quotes 1.2.0 (refs/tags/v1.2.0) on the host executor",
    "Release 1.2.0 to production?",
    "[rollout:production] 1.2.0 to production by canary, 1.1.0 is live",
    "[rollout:production] traffic: 1.2.0 10 %, 1.1.0 90 %",
    "✔ Lint  12 ms",
  ]);
  expect(terminal.cursorShown).toBe(false);
});

test("B45: a break-glass stays on the screen with what it went past, broken between words", () => {
  const { terminal, tell } = given({ interactive: true, columns: 60 });
  const by = { by: "", reason: "", verdict: "fail" } as const;
  const glass = {
    kind: "break-glass",
    version: "1.2.0",
    actor: "ada",
    reason: "prices stand still since nine",
    overridden: [
      { gate: "approval", ...by },
      { gate: "uat", ...by },
    ],
    followUp: "0123456789ab",
  } as const;
  const fact = { ...glass, overridden: [...glass.overridden] };
  tell([...returnedRelease().slice(0, 9), ...timed([{ ...rollout, fact }])]);
  expect(terminal.lines.slice(1, 4)).toEqual([
    "[rollout:production] BREAK-GLASS: 1.2.0 goes past approval",
    "  and uat, by ada: prices stand still since nine (follow-up",
    "  0123456789ab)",
  ]);
});

test("colour is used where it is wanted and always ends in its line", () => {
  const { raw, tell } = given({ interactive: false, colour: true });
  tell(returnedRelease());
  const text = raw.join("");
  expect(text).toContain("\u001b[32m✔ Lint: passed in 12 ms\u001b[0m\n");
  for (const each of text.split("\n").filter((row) => row.includes("\u001b")))
    expect(each.endsWith("\u001b[0m")).toBe(true);
});
