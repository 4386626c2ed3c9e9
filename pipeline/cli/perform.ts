import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createJudge } from "../findings/judge.ts";
import { writeFileAtomic } from "../io/files.ts";
import type { Plan } from "../plan/plan.ts";
import { addEvent, emptyReport } from "../report/fold.ts";
import { htmlReport } from "../report/html/page.ts";
import { inOrder } from "../report/in-order.ts";
import { junitOf } from "../report/junit.ts";
import type { Report } from "../report/report.ts";
import { reportBefore } from "../report/report-before.ts";
import { sarifFiles } from "../report/sarif.ts";
import type { ReadReport } from "../report/schema.ts";
import { ok } from "../result.ts";
import { run } from "../run/loop.ts";
import { type Manner, plainly } from "../run/manner.ts";
import type { AtDesk } from "./at-desk.ts";
import { baseCoverage, keepCoverage } from "./base-coverage.ts";
import { openConsole } from "./console.ts";
import { lazyEffects } from "./effects/lazy.ts";
import { openExecutor } from "./executor.ts";
import { openNotifier } from "./notifier.ts";
import { preparePlaces } from "./places.ts";
import { keepingReports, keepRun, runDirectory } from "./run-directory.ts";
import { holdState } from "./state-lock.ts";
import { answer, say, tellFailure } from "./terminal.ts";
import { toolVersion } from "./tool-version.ts";

/** Performs a plan: holds the state, runs the loop, shows it, writes the report; gives the exit code. */
export async function perform(
  { settings, subject: { config }, desk }: AtDesk,
  plan: Plan,
  manner: Manner = plainly,
): Promise<number> {
  const { state, root } = settings;
  const prepared = await preparePlaces(settings);
  if (!prepared.ok) return tellFailure(prepared.failure);
  // A rollback must not wait for a run: the environment's own lease decides who goes on (B3, B5).
  const held = writesHere(plan) ? holdState(state, desk.clock.now()) : ok(() => undefined);
  if (!held.ok) return tellFailure(held.failure);
  try {
    const executor = await openExecutor(settings, config, plan, desk);
    if (!executor.ok) return tellFailure(executor.failure);
    const report = emptyReport();
    const screen = openConsole(settings.json, plan);
    const notifier = openNotifier({ config, context: plan.context, root, state, desk });
    // In this order: to ask stdin makes a stream of it.
    const attended = !settings.json && process.stderr.isTTY === true && process.stdin.isTTY === true;
    const aside = attended ? screen.aside : null;
    const id = randomBytes(4).toString("hex");
    const kept = runDirectory(state, { run: id, now: desk.clock.now() });
    const judge = createJudge({
      today: dayOf(desk.clock.now()),
      root,
      exists: async (path) => existsSync(join(root, path)),
      base: await baseCoverage(state, desk.variables.GITHUB_BASE_REF),
    });
    const done = await run({
      run: id,
      plan,
      executor: executor.value,
      effects: lazyEffects({ config, context: plan.context, root, state, desk, aside, ...manner }),
      judge: keepingReports(judge, kept),
      clock: desk.clock,
      listener: (event) => {
        addEvent(report, event);
        screen.listener(event);
        notifier.listener(event);
      },
      signal: desk.interruption.signal,
      lanes: availableParallelism(),
    });
    screen.close();
    const untold = await notifier.settle();
    report.notes.push(...untold);
    if (untold.length > 0)
      say(
        settings.json,
        untold.map((note) => `note: ${note}`),
      );
    report.stages = inOrder(report.stages, plan.stages);
    const before = lastReport(join(state, "reports", "last.json"));
    await writeFileAtomic(join(state, "reports", "last.html"), htmlReport(report, before), {
      durable: false,
    });
    const text = `${JSON.stringify(report, null, 2)}\n`;
    await writeFileAtomic(join(state, "reports", "last.json"), text, { durable: false });
    const findings = await writeFindings(join(state, "reports"), report);
    keepRun(kept, join(state, "reports"), ["last.json", "last.html", "last.junit.xml", ...findings]);
    await keepCoverage(state, plan.context.branch, report);
    if (settings.report !== undefined) await writeFileAtomic(settings.report, text);
    if (settings.json) answer(report);
    return done.exitCode;
  } finally {
    held.value();
  }
}

/** The report of the run before; null where there is none that can be read. */
function lastReport(file: string): ReadReport | null {
  try {
    return reportBefore(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}

/** The findings as SARIF, those of tools that did not run this time gone, and the stages as JUnit. */
async function writeFindings(directory: string, report: Report): Promise<string[]> {
  const sarif = join(directory, "sarif");
  if (existsSync(sarif)) rmSync(sarif, { recursive: true, force: true });
  const files = { ...sarifFiles(report, toolVersion) };
  for (const [name, text] of Object.entries(files))
    await writeFileAtomic(join(sarif, name), text, { durable: false });
  await writeFileAtomic(join(directory, "last.junit.xml"), junitOf(report), { durable: false });
  return Object.keys(files).map((name) => join("sarif", name));
}

/** YYYY-MM-DD, UTC. */
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** Whether the plan writes into the checkout or the images; one that does not can go on beside one that does. */
const writesHere = (plan: Plan): boolean =>
  plan.stages.some(
    ({ due, steps }) => due && steps.some(({ kind }) => kind === "hermetic" || kind === "image"),
  );
