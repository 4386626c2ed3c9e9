import { randomBytes, randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { ProcessEnd } from "../failure.ts";
import { fail, ok } from "../result.ts";
import { type RunningChild, startChild } from "./child.ts";
import { type Clock, systemClock } from "./clock.ts";
import { removeTree } from "./files.ts";
import type { ChildSpec, Processes } from "./process.ts";
import { type OrphanWatcher, startWatcher } from "./watcher.ts";

export type ProcessesOptions = {
  /** Measures the time limits of `run`; graces are always real time. */
  clock?: Clock;
  /** Where the proc file system is; without one (macOS) only process groups are ended, not who left them. */
  proc?: string;
};

/** Longest time in ms that a timer of Node can wait: 24.8 days. */
const longestTimer = 2 ** 31 - 1;

/** Grace that `close` gives to processes with a stop signal of their own, in ms: those have children elsewhere. */
const politeMs = 1000;

/** Real child processes. None of them outlives this program, however it ends. */
export function createProcesses(options: ProcessesOptions = {}): Processes {
  const clock = options.clock ?? systemClock;
  const proc = options.proc ?? "/proc";
  const mark = randomBytes(12).toString("hex");
  // Nine digits of the run, six of the child: a double holds them all.
  const limits = randomInt(100_000_000, 1_000_000_000);
  const running = new Map<RunningChild, string>();
  const discarded = new Set<string>();
  let watcher: OrphanWatcher | null = null;
  let started = 0;
  let closed = false;

  const watching = (): OrphanWatcher => {
    if (watcher) return watcher;
    const fresh = startWatcher({ value: mark, limit: limits }, proc, () => {
      if (watcher === fresh) watcher = null;
    });
    // Where somebody killed the last one, the new one learns what runs.
    for (const [child, signal] of running) fresh.watch(child.pid, signal);
    for (const directory of discarded) fresh.discard(directory);
    watcher = fresh;
    return fresh;
  };

  const start = async (spec: ChildSpec) => {
    if (closed) return fail("the program is ending");
    const watch = watching();
    const number = started++;
    const childMark = {
      value: `${mark}.${number}.`,
      limit: spec.foreign && existsSync(proc) ? limits * 1_000_000 + (number % 1_000_000) : null,
    };
    return startChild(spec, { mark: childMark, proc, born: enlist, gone: discharge });

    function enlist(child: RunningChild) {
      const signal = spec.stopSignal ?? "SIGTERM";
      running.set(child, signal);
      watch.watch(child.pid, signal);
    }
  };

  const discharge = (child: RunningChild) => {
    running.delete(child);
    watcher?.forget(child.pid);
  };

  return {
    start,

    async run(spec, limits) {
      const from = clock.now();
      const unborn: ProcessEnd = { exitCode: null, signal: "SIGTERM" };
      if (limits.signal?.aborted) return ok({ ...unborn, timedOut: false, ms: 0 });
      const begun = await start(spec);
      if (!begun.ok) return begun;
      const child = begun.value;
      const over = new AbortController();
      const interrupt = () => over.abort("over");
      limits.signal?.addEventListener("abort", interrupt);
      void child.ended.then(interrupt);
      // An abort that came while the process was starting has called nobody.
      if (limits.signal?.aborted) interrupt();
      await clock.sleep(Math.min(limits.timeoutMs, longestTimer), over.signal);
      const timedOut = !over.signal.aborted;
      limits.signal?.removeEventListener("abort", interrupt);
      const end = child.hasEnded() ? await child.ended : await child.stop(limits.graceMs);
      return ok({ ...end, timedOut, ms: clock.now() - from });
    },

    discard(directory) {
      if (closed) return;
      const path = resolve(directory);
      watching().discard(path);
      discarded.add(path);
    },

    async close() {
      closed = true;
      await Promise.all(
        [...running].map(([child, signal]) => child.stop(signal === "SIGTERM" ? 0 : politeMs)),
      );
      for (const directory of discarded) await removeTree(directory).catch(() => {});
      await watcher?.close();
    },
  };
}
