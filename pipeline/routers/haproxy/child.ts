import { join } from "node:path";
import type { Clock } from "../../io/clock.ts";
import { writeFileAtomic } from "../../io/files.ts";
import { sendSignal } from "../../io/mark.ts";
import type { Child, Processes } from "../../io/process.ts";
import { fail, ok, type Result } from "../../result.ts";
import { information } from "./commands.ts";
import { ask, factOf } from "./runtime.ts";

/** Time (ms) for HAProxy to answer after its start. */
const startLimitMs = 10_000;

/** An HAProxy that runs and answers; `runtime` is the socket that it answers on. */
export type RunningHaproxy = { child: Child; runtime: string };

export type Start = {
  processes: Processes;
  clock: Clock;
  program: string;
  directory: string;
  configuration: string;
  runtime: string;
};

/** Starts HAProxy in the foreground, a process that ends with us, and waits until it serves; else a system's code, or why. */
export async function startHaproxy(start: Start): Promise<Result<RunningHaproxy, string>> {
  const { clock, configuration, directory, processes, program, runtime } = start;
  const file = join(directory, "haproxy.cfg");
  await writeFileAtomic(file, configuration, { mode: 0o600 });
  const printed: string[] = [];
  const started = await processes.start({
    argv: [program, "-db", "-f", file],
    directory,
    environment: {},
    output: (_stream, line) => {
      printed.push(line);
      if (printed.length > 20) printed.shift();
    },
  });
  if (!started.ok) return started;
  const child = started.value;
  const over = new AbortController();
  void child.ended.then(() => over.abort());
  const deadline = clock.now() + startLimitMs;
  while (!over.signal.aborted && clock.now() < deadline) {
    const answer = await ask(runtime, information);
    // One that ends meanwhile may still hold the socket's path.
    if (answer.ok && factOf(answer.value, "Pid") === String(child.pid)) return ok({ child, runtime });
    await clock.sleep(5, over.signal);
  }
  await child.stop(0);
  return fail(over.signal.aborted ? reasonIn(printed) : `HAProxy did not answer within ${startLimitMs} ms`);
}

/** Why HAProxy ended at its start, by what it printed: a system's code where there is one. */
export function reasonIn(printed: readonly string[]): string {
  const alerts = printed.filter((line) => line.startsWith("[ALERT]"));
  if (alerts.some((line) => /address already in use/i.test(line))) return "EADDRINUSE";
  if (alerts.some((line) => /permission denied/i.test(line))) return "EACCES";
  const last = (alerts[0] ?? printed.at(-1) ?? "it said nothing").replace(/^\[\w+\] *\(\d+\) : */, "");
  return `HAProxy did not start: ${last}`;
}

/**
 * Ends an HAProxy that a killed daemon of this environment left behind, if one still answers on its socket: its own
 * end is under way, but a port that it holds would look like somebody else's.
 */
export async function endLeftover(runtime: string, clock: Clock): Promise<void> {
  const deadline = clock.now() + startLimitMs;
  for (;;) {
    const answer = await ask(runtime, information);
    const pid = Number(answer.ok ? factOf(answer.value, "Pid") : 0);
    if (!(pid > 0) || clock.now() > deadline) return;
    sendSignal(pid, "SIGKILL");
    await clock.sleep(5);
  }
}
