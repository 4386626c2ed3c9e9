import type { Result } from "../result.ts";
import type { Desk } from "./desk.ts";
import type { Settings } from "./settings.ts";
import { readSubject, type Subject } from "./subject.ts";
import { tellFailure } from "./terminal.ts";

/** What a command has before it while it works. */
export type AtDesk = { settings: Settings; subject: Subject; desk: Desk };

/**
 * Reads what a command is about and lets it work at a desk, which is closed whatever happens. Gives the process's
 * exit code: the work's own, or that of the failure, which is told here.
 */
export async function atDesk(
  settings: Settings,
  work: (at: AtDesk) => Promise<Result<number>>,
): Promise<number> {
  const [subject, { openDesk }] = await Promise.all([readSubject(settings), import("./desk.ts")]);
  if (!subject.ok) return tellFailure(subject.failure);
  const desk = openDesk();
  try {
    const done = await work({ settings, subject: subject.value, desk });
    return done.ok ? done.value : tellFailure(done.failure);
  } finally {
    await desk.close();
  }
}
