import type { Report } from "../../report/report.ts";
import type { Bellwether } from "./command.ts";
import type { Repository } from "./repository.ts";
import { startTraffic, type Traffic } from "./traffic.ts";

/** One act of the life: what was asked for, and how it ended. */
export type Act = {
  title: string;
  expected: number;
  exitCode: number | null;
  ms: number;
  report: Report | null;
};

export type Life = { acts: Act[]; traffic: Traffic | null };

export type LifeTools = {
  repository: Repository;
  bellwether: Bellwether;
  signal: AbortSignal;
  /** Announces an act. */
  announce(title: string, number: number): void;
  /** Called as soon as there is traffic, so that it can be stopped whatever happens. */
  loaded(traffic: Traffic): void;
};

/** The load on production: three GETs to each POST, on loopback, and never more than this in all. */
const load = { rate: 50, limit: 8_500, timeoutMs: 5_000 };

/**
 * Takes the reference system through its whole life. Ends early at the first act that does not end as it
 * should: what follows would prove nothing.
 */
export async function live(tools: LifeTools): Promise<Life> {
  const life: Life = { acts: [], traffic: null };
  for (const act of script(tools, life)) {
    if (tools.signal.aborted) break;
    tools.announce(act.title, life.acts.length + 1);
    await act.prepare?.();
    const done = await tools.bellwether(act.args);
    life.acts.push({ title: act.title, expected: act.expected, ...done });
    if (done.exitCode !== act.expected) break;
    await act.after?.(done.report);
  }
  await life.traffic?.stop();
  return life;
}

/** How many acts a whole life has. */
export const acts = 12;

type Planned = {
  title: string;
  args: string[];
  /** The exit code that proves the act. */
  expected: number;
  prepare?: () => Promise<void>;
  after?: (report: Report | null) => Promise<void>;
};

const pushed = ["run", "--event", "push", "--ref", "develop"];
const released = (version: string) => ["run", "--event", "release", "--ref", version];
const approved = (version: string) => ["approve", "production", version];

function script({ repository, loaded }: LifeTools, life: Life): Planned[] {
  return [
    { title: "a push to develop: checks, image, staging", args: pushed, expected: 0 },
    {
      title: "release v1.0.0 waits for its approval",
      prepare: () => repository.release("v1.0.0"),
      args: released("v1.0.0"),
      expected: 3,
    },
    { title: "somebody approves v1.0.0", args: approved("v1.0.0"), expected: 0 },
    {
      title: "release v1.0.0 again: approved, to production",
      args: released("v1.0.0"),
      expected: 0,
      after: async (report) => {
        life.traffic = startTraffic({ url: productionUrl(report), ...load });
        loaded(life.traffic);
      },
    },
    {
      title: "v1.1.0 is pushed to develop: checks, image, staging",
      prepare: async () => {
        await repository.checkout("develop");
        await repository.edit("src/market.js", "NVDA: 138.2,", "NFLX: 642.1, NVDA: 138.2,");
        await repository.commit("Quote NFLX");
      },
      args: pushed,
      expected: 0,
    },
    {
      title: "release v1.1.0 waits for its approval",
      prepare: () => repository.release("v1.1.0"),
      args: released("v1.1.0"),
      expected: 3,
    },
    { title: "somebody approves v1.1.0", args: approved("v1.1.0"), expected: 0 },
    { title: "release v1.1.0 by canary 10 → 50 → 100, under load", args: released("v1.1.0"), expected: 0 },
    {
      title: "v1.2.0, correct but 400 ms slow, is released in a hurry: built, to staging, waits",
      prepare: async () => {
        await repository.checkout("develop");
        await repository.edit(
          "bellwether.yaml",
          "      PORT: ${port}",
          "      QUOTES_FAULT: slow:400\n      PORT: ${port}",
        );
        await repository.commit("Price every quote twice");
        await repository.release("v1.2.0");
      },
      args: released("v1.2.0"),
      expected: 3,
    },
    { title: "somebody approves v1.2.0", args: approved("v1.2.0"), expected: 0 },
    { title: "release v1.2.0 goes back by itself from 10 %", args: released("v1.2.0"), expected: 1 },
    { title: "a manual rollback from v1.1.0 to v1.0.0", args: ["rollback", "production"], expected: 0 },
  ];
}

function productionUrl(report: Report | null): string {
  const steps = report?.stages.find((stage) => stage.id === "production")?.steps ?? [];
  const url = steps.find((step) => step.url !== undefined)?.url;
  if (url === undefined) throw new Error("the report of the release does not hold production's URL");
  return url;
}
