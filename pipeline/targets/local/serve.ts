import type { Readable } from "node:stream";
import type { Failure } from "../../failure.ts";
import type { Daemon } from "./daemon.ts";

/** What ends a daemon: its process's signals, and for a tied one the end of its standard input. */
export type Ends = {
  process: Pick<NodeJS.Process, "on">;
  /** Ends with whoever holds the other side of this stream; null for a daemon that outlives its starter. */
  tiedTo: Readable | null;
};

/** Keeps the process until the daemon has ended, by request, by SIGTERM, SIGINT or SIGHUP, or with its parent. */
export async function untilEnded(daemon: Daemon, { process, tiedTo }: Ends): Promise<void> {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void daemon.stop());
  if (tiedTo) {
    tiedTo.on("end", () => void daemon.stop());
    tiedTo.on("close", () => void daemon.stop());
    tiedTo.on("error", () => void daemon.stop());
    tiedTo.resume();
  }
  await daemon.ended;
}

/** The line on standard error by which a daemon that could not start tells its starter why. */
export const refusalLine = (failure: Failure): string =>
  `bellwether-daemon-refused ${JSON.stringify(failure)}\n`;

/** Reads such a line out of what a daemon printed, or null. */
export function refusalIn(text: string): Failure | null {
  const found = text.lastIndexOf("bellwether-daemon-refused ");
  if (found < 0) return null;
  try {
    return JSON.parse(text.slice(found + 26).split("\n")[0] ?? "") as Failure;
  } catch {
    return null;
  }
}
