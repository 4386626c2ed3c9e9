import type { Config, Environment } from "../config/config.ts";
import { followUps } from "../deploy/follow-up.ts";
import { history as rolloutsIn } from "../deploy/history.ts";
import type { EnvironmentRecord, LogLine } from "../deploy/inspect.ts";
import type { JournalEntry } from "../deploy/journal.ts";
import { type HistoryEntry, historyView } from "../report/history-view.ts";
import { rolloutsReport } from "../report/journal-report.ts";
import { statusView } from "../report/status-view.ts";
import { ok, type Result } from "../result.ts";
import { openDesk } from "./desk.ts";
import { reach } from "./reach/reach.ts";
import type { Settings } from "./settings.ts";
import { environmentStatus } from "./status.ts";
import { environmentOf, readConfig } from "./subject.ts";
import { answer, say, tellFailure, width } from "./terminal.ts";

/** What is live, in one environment or in all. */
export async function status(settings: Settings, environment: string | null): Promise<number> {
  const config = await readConfig(settings);
  if (!config.ok) return tellFailure(config.failure);
  const chosen = chosenOf(config.value, environment);
  if (!chosen.ok) return tellFailure(chosen.failure);
  const { root, state } = settings;
  const desk = openDesk();
  const all = await Promise.all(
    chosen.value.map((one) =>
      environmentStatus({ config: config.value, environment: one, root, state, desk }),
    ),
  ).finally(() => desk.close());
  const found = [];
  for (const seen of all) {
    if (!seen.ok) return tellFailure(seen.failure);
    found.push(seen.value);
  }
  if (settings.json) answer(found);
  else
    say(
      false,
      found.flatMap((one, index) => [...(index === 0 ? [] : [""]), ...statusView(one, width(false))]),
    );
  return 0;
}

/** Everything that an environment's journal knows of its rollouts, as JSON. */
export async function rollouts(settings: Settings, environment: string | null): Promise<number> {
  if (environment === null)
    return tellFailure({
      kind: "usage",
      got: "history --full without an environment",
      expected: "the environment whose rollouts are wanted",
      remedy: "Write for example `bellwether history production --full`.",
    });
  const config = await readConfig(settings);
  if (!config.ok) return tellFailure(config.failure);
  const found = environmentOf(config.value, environment);
  if (!found.ok) return tellFailure(found.failure);
  const read = await recordsOf(settings, config.value, [found.value]);
  if (!read.ok) return tellFailure(read.failure);
  const record = read.value.get(environment) ?? null;
  const version = record?.releases.find(({ id }) => id === record.live)?.version;
  answer(
    rolloutsReport({
      app: config.value.app,
      environment,
      live: record === null || version === undefined ? null : { version, url: record.url },
      entries: record?.journal ?? [],
    }),
  );
  return 0;
}

/** A line for each rollout, newest first. */
export async function history(settings: Settings, environment: string | null): Promise<number> {
  const config = await readConfig(settings);
  if (!config.ok) return tellFailure(config.failure);
  const chosen = chosenOf(config.value, environment);
  if (!chosen.ok) return tellFailure(chosen.failure);
  const records = await recordsOf(settings, config.value, chosen.value);
  if (!records.ok) return tellFailure(records.failure);
  const all: Record<string, HistoryEntry[]> = {};
  for (const [name, record] of records.value) all[name] = happened(record?.journal ?? []);
  if (settings.json) answer(all);
  else
    say(
      false,
      Object.entries(all).flatMap(([name, entries], index) => [
        ...(index === 0 ? [] : [""]),
        ...historyView(name, entries, width(false)),
      ]),
    );
  return 0;
}

/** What is remembered of environments, by name in their order. */
async function recordsOf(
  { root, state }: Settings,
  config: Config,
  environments: Environment[],
): Promise<Result<Map<string, EnvironmentRecord | null>>> {
  const desk = openDesk();
  const found = new Map<string, EnvironmentRecord | null>();
  try {
    for (const environment of environments) {
      const read = await (await reach({ config, environment, root, state, desk })).record();
      if (!read.ok) return read;
      found.set(environment.name, read.value);
    }
    return ok(found);
  } finally {
    await desk.close();
  }
}

/** What an environment's journal tells of, newest first. */
function happened(journal: JournalEntry[]): HistoryEntry[] {
  const owed = new Map(followUps(journal).map((one) => [one.id, one]));
  return rolloutsIn(journal)
    .map((one) => ({
      at: one.beganAt,
      what: one.cause,
      version: one.version,
      outcome: one.outcome ?? "under way",
      actor: one.actor,
      ms: one.endedAt === null ? null : one.endedAt - one.beganAt,
      reason: one.reason,
      followUp: owed.get(one.rollout) ?? null,
    }))
    .reverse();
}

/** What the live release printed, and with `follow` what it prints from now on, until Ctrl-C. */
export async function logs(
  settings: Settings,
  environment: string,
  component: string | null,
  { follow, lines }: { follow: boolean; lines: number },
): Promise<number> {
  const config = await readConfig(settings);
  if (!config.ok) return tellFailure(config.failure);
  const chosen = chosenOf(config.value, environment);
  if (!chosen.ok) return tellFailure(chosen.failure);
  if (!Number.isInteger(lines) || lines < 0)
    return tellFailure({
      kind: "usage",
      got: "a number of lines that is none",
      expected: "0 or more",
      remedy: "Write for example `--lines 50`.",
    });
  const [wanted] = chosen.value;
  if (wanted === undefined) return 0;
  const desk = openDesk();
  try {
    const { root, state } = settings;
    const opened = await (
      await reach({ config: config.value, environment: wanted, root, state, desk })
    ).running();
    if (!opened.ok) return tellFailure(opened.failure);
    if (opened.value === null)
      return tellFailure({ kind: "target-unreachable", environment, ...notRunning(environment) });
    const read = await opened.value.inspect.logs(component, lines, follow ? printer(settings) : undefined);
    if (read.ok) for (const line of read.value) printer(settings)(line);
    if (read.ok && follow) await until(desk.interruption.signal);
    await opened.value.close();
    return read.ok ? 0 : tellFailure(read.failure);
  } finally {
    await desk.close();
  }
}

const notRunning = (environment: string) => ({
  reason: "no daemon runs for it",
  remedy: `start it with: bellwether start ${environment}`,
});

const printer =
  ({ json }: Settings) =>
  (line: LogLine): void => {
    const host = line.host === undefined ? "" : `${line.host} `;
    const text = `${new Date(line.at).toISOString()} ${host}${line.version} ${line.component} | ${line.line}`;
    process.stdout.write(`${json ? JSON.stringify(line) : text}\n`);
  };

const until = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });

/** The environment that is named, or all of them. */
function chosenOf(config: Config, one: string | null): Result<Environment[]> {
  if (one === null) return ok(Object.values(config.environments));
  const found = environmentOf(config, one);
  return found.ok ? ok([found.value]) : found;
}
