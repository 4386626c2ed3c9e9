import type { Config, Environment } from "../config/config.ts";
import { followUps } from "../deploy/follow-up.ts";
import { history as recordsOf } from "../deploy/history.ts";
import type { JournalEntry } from "../deploy/journal.ts";
import { type HistoryEntry, historyView } from "../report/history-view.ts";
import { rolloutsReport } from "../report/journal-report.ts";
import { statusView } from "../report/status-view.ts";
import { ok, type Result } from "../result.ts";
import { connectLocal } from "../targets/local/client.ts";
import type { LogLine } from "../targets/local/protocol.ts";
import { readLocal } from "../targets/local/read.ts";
import { openDesk } from "./desk.ts";
import { watchInterruption } from "./interrupt.ts";
import type { Settings } from "./settings.ts";
import { environmentStatus } from "./status.ts";
import { environmentOf, readConfig } from "./subject.ts";
import { answer, say, tellFailure, width } from "./terminal.ts";
import { toolVersion } from "./tool-version.ts";

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
  const read = await readLocal(settings.state, environment);
  if (!read.ok) return tellFailure(read.failure);
  const record = read.value;
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
  const chosen = await environments(settings, environment);
  if (!chosen.ok) return tellFailure(chosen.failure);
  const all: Record<string, HistoryEntry[]> = {};
  for (const { name } of chosen.value) {
    const record = await readLocal(settings.state, name);
    if (!record.ok) return tellFailure(record.failure);
    all[name] = happened(record.value?.journal ?? []);
  }
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

/** What an environment's journal tells of, newest first. */
function happened(journal: JournalEntry[]): HistoryEntry[] {
  const owed = new Map(followUps(journal).map((one) => [one.id, one]));
  return recordsOf(journal)
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
  const chosen = await environments(settings, environment);
  if (!chosen.ok) return tellFailure(chosen.failure);
  if (!Number.isInteger(lines) || lines < 0)
    return tellFailure({
      kind: "usage",
      got: "a number of lines that is none",
      expected: "0 or more",
      remedy: "Write for example `--lines 50`.",
    });
  const opened = await connectLocal({ state: settings.state, environment, tool: toolVersion });
  if (!opened.ok) return tellFailure(opened.failure);
  const interruption = watchInterruption();
  const print = (line: LogLine) =>
    process.stdout.write(
      settings.json
        ? `${JSON.stringify(line)}\n`
        : `${new Date(line.at).toISOString()} ${line.version} ${line.component} | ${line.line}\n`,
    );
  const read = await opened.value.inspect.logs(component, lines, follow ? print : undefined);
  if (read.ok) for (const line of read.value) print(line);
  if (read.ok && follow) await until(interruption.signal);
  interruption.close();
  await opened.value.close();
  return read.ok ? 0 : tellFailure(read.failure);
}

const until = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });

/** The environment that is named, or all of them. */
async function environments(settings: Settings, one: string | null): Promise<Result<Environment[]>> {
  const config = await readConfig(settings);
  return config.ok ? chosenOf(config.value, one) : config;
}

function chosenOf(config: Config, one: string | null): Result<Environment[]> {
  if (one === null) return ok(Object.values(config.environments));
  const found = environmentOf(config, one);
  return found.ok ? ok([found.value]) : found;
}
