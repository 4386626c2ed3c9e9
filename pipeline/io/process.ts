import type { ProcessEnd } from "../failure.ts";
import type { Result } from "../result.ts";

export type ChildSpec = {
  /** Program and arguments; the program is found on `environment.PATH`. */
  argv: string[];
  directory: string;
  /** The whole environment: nothing is inherited. */
  environment: Record<string, string>;
  /** Numeric user and group to run as; only where we are root. */
  user?: number;
  /** Somebody else's commands: also what of them clears its environment and leaves the group is found at the end. */
  foreign?: true;
  /** Signal that asks it to end, SIGTERM by default (PostgreSQL: SIGINT, Redis: SIGTERM). */
  stopSignal?: "SIGTERM" | "SIGINT" | "SIGQUIT";
  /** Text on standard input; nothing by default. */
  input?: string;
  /** Leaves standard input open for as long as we live, for `send`; there are programs that end when it does. */
  inputOpen?: true;
  /** Each complete line of output, without its end; long lines are split at 64 KiB. */
  output(stream: "out" | "err", line: string): void;
};

/** A process in a process group of its own; when we end, however we end, it and all it started are gone. */
export interface Child {
  readonly pid: number;
  /** Settles once the process has ended and its output has been handed over; a `reason` tells what it left behind. */
  readonly ended: Promise<ProcessEnd>;
  /** More text on standard input, where that was left open; a process that is gone hears nothing. */
  send(text: string): void;
  /** Asks it to end, then kills its whole group after `graceMs`; settles when it is gone. */
  stop(graceMs: number): Promise<ProcessEnd>;
}

export interface Processes {
  /** A failure is one sentence: not found, not executable, no such directory. */
  start(spec: ChildSpec): Promise<Result<Child, string>>;
  /** Starts, waits, stops at the time limit or when the signal aborts. */
  run(
    spec: ChildSpec,
    limits: { timeoutMs: number; graceMs: number; signal?: AbortSignal },
  ): Promise<Result<ProcessEnd & { timedOut: boolean; ms: number }, string>>;
  /** The directory is gone when we end, however we end: by us, by `close`, or by who watches over the processes. */
  discard(directory: string): void;
  /** Kills all that still runs. */
  close(): Promise<void>;
}
