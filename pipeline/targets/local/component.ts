import type { ResourceLimits } from "../../config/config.ts";
import { type Overrun, overrunReason } from "../../deploy/resources.ts";
import type { ObservedComponent } from "../../deploy/target.ts";
import type { ProcessEnd } from "../../failure.ts";
import type { Clock } from "../../io/clock.ts";
import type { Child, ChildSpec, Processes } from "../../io/process.ts";
import { ok, type Result } from "../../result.ts";
import type { LogFile } from "./log-file.ts";
import type { MemoryWatch } from "./memory-watch.ts";

/** Waits between restarts of a process that keeps dying: 1 s, 2 s, 4 s … at most 30 s. */
export const backoffMs = (restart: number): number => Math.min(1000 * 2 ** restart, 30_000);

/** A process that ran this long has recovered: its next restart waits 1 s again. */
const settledMs = 60_000;

export type ComponentParts = {
  processes: Processes;
  clock: Clock;
  log: LogFile;
  redact(line: string): string;
  port: number | null;
  /** What to start; asked before each start, since an accessory may have moved. */
  spec(): Promise<Result<Omit<ChildSpec, "output">>>;
  /** What its processes may use at most. */
  limits?: ResourceLimits;
  memory?: MemoryWatch;
  /** Told when it was ended because it held more memory than it may. */
  overran?(overrun: Overrun): void;
  /** Whether it is started again when it ends by itself; for a canary its death is evidence. */
  kept(): boolean;
};

/** One process of a release under supervision. */
export class SupervisedComponent {
  readonly #parts: ComponentParts;
  #child: Child | null = null;
  #startedAt: number | null = null;
  #end: ProcessEnd | null = null;
  #restarts = 0;
  #streak = 0;
  #overrun: Overrun | null = null;
  /** Aborted by `stop`; null while it is not wanted to run. */
  #wanted: AbortController | null = null;
  #starting: Promise<Result<void>> | null = null;

  constructor(parts: ComponentParts) {
    this.#parts = parts;
  }

  get port(): number | null {
    return this.#parts.port;
  }

  get log(): LogFile {
    return this.#parts.log;
  }

  get running(): boolean {
    return this.#child !== null;
  }

  /** Starts it where it does not run; settles when the process exists, not when it is ready. */
  start(): Promise<Result<void>> {
    this.#wanted ??= new AbortController();
    if (this.#child) return Promise.resolve(ok(undefined));
    this.#starting ??= this.#launch(this.#wanted.signal).finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  /** SIGTERM, then SIGKILL after `graceMs`; settles when it is gone. */
  async stop(graceMs: number): Promise<void> {
    this.#wanted?.abort();
    this.#wanted = null;
    await this.#starting;
    await this.#child?.stop(graceMs);
    this.#child = null;
  }

  /** Starts it again where it died earlier and is to be kept now. */
  async tend(): Promise<void> {
    if (this.#wanted && this.#child === null && this.#parts.kept()) await this.start();
  }

  observe(): ObservedComponent {
    const { limits } = this.#parts;
    const never = this.#startedAt === null || (this.#wanted === null && this.#child === null);
    return {
      state: this.#child ? "running" : never ? "stopped" : "exited",
      pid: this.#child?.pid ?? null,
      port: this.#parts.port,
      startedAt: this.#startedAt,
      end: this.#child ? null : this.#end,
      log: this.#parts.log.last.map((entry) => entry.line),
      restarts: this.#restarts,
      ...(limits ? { limits } : {}),
      ...(this.#overrun ? { overrun: this.#overrun } : {}),
    };
  }

  async #launch(signal: AbortSignal): Promise<Result<void>> {
    const { clock, log, processes, redact } = this.#parts;
    const spec = await this.#parts.spec();
    if (!spec.ok) return spec;
    if (signal.aborted) return ok(undefined);
    const started = await processes.start({
      ...spec.value,
      output: (_stream, line) => log.write({ at: clock.now(), line: redact(line) }),
    });
    if (!started.ok) {
      return { ok: false, failure: { kind: "target-failed", action: "start", reason: started.failure } };
    }
    const child = started.value;
    this.#child = child;
    this.#startedAt = clock.now();
    this.#end = null;
    const reason = this.#holdToMemory(child);
    void child.ended.then((end) => this.#ended(child, { ...end, ...reason() }, signal));
    return ok(undefined);
  }

  /** Ends the process once it holds too much; what is given back says then why it ended. */
  #holdToMemory(child: Child): () => Pick<ProcessEnd, "reason"> {
    const { clock, limits, log, memory, overran } = this.#parts;
    const allowedBytes = limits?.memoryBytes ?? null;
    let over: Pick<ProcessEnd, "reason"> = {};
    if (allowedBytes === null || !memory) return () => over;
    const stop = memory.watch(child.pid, allowedBytes, (usedBytes) => {
      const overrun = { at: clock.now(), usedBytes, allowedBytes };
      this.#overrun = overrun;
      over = { reason: overrunReason(overrun) };
      log.write({ at: overrun.at, line: `ended: ${overrunReason(overrun)}` });
      overran?.(overrun);
      void child.stop(0);
    });
    void child.ended.then(stop);
    return () => over;
  }

  #ended(child: Child, end: ProcessEnd, signal: AbortSignal): void {
    if (this.#child !== child) return;
    this.#child = null;
    this.#end = end;
    if (signal.aborted || !this.#parts.kept()) return;
    const ran = this.#parts.clock.now() - (this.#startedAt ?? 0);
    this.#streak = ran >= settledMs ? 0 : this.#streak;
    void this.#again(signal);
  }

  async #again(signal: AbortSignal): Promise<void> {
    await this.#parts.clock.sleep(backoffMs(this.#streak++), signal);
    if (signal.aborted || this.#child !== null || !this.#parts.kept()) return;
    this.#restarts++;
    const started = await this.start();
    if (!started.ok && !signal.aborted) await this.#again(signal);
  }
}
