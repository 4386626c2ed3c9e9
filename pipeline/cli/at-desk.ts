import type { Config } from "../config/config.ts";
import type { Result } from "../result.ts";
import type { Desk } from "./desk.ts";
import type { Settings } from "./settings.ts";
import { readConfig, readSubject, type Subject } from "./subject.ts";
import { tellFailure } from "./terminal.ts";

/** What a command has before it while it works. */
export type AtDesk = { settings: Settings; subject: Subject; desk: Desk };

/**
 * Reads what a command is about and lets it work at a desk, which is closed whatever happens. Gives the process's
 * exit code: the work's own, or that of the failure, which is told here. `meanwhile` is begun once the configuration is
 * read, while git is still asked.
 */
export async function atDesk(
  settings: Settings,
  work: (at: AtDesk) => Promise<Result<number>>,
  meanwhile: (config: Config, desk: Desk) => void = () => {},
): Promise<number> {
  const reading = readConfig(settings);
  const opening = import("./desk.ts").then(({ openDesk }) => openDesk());
  const early = Promise.all([reading, opening]).then(([config, desk]) => {
    if (config.ok) meanwhile(config.value, desk);
  });
  const [subject, desk] = await Promise.all([readSubject(settings, reading), opening, early]);
  try {
    if (!subject.ok) return tellFailure(subject.failure);
    const done = await work({ settings, subject: subject.value, desk });
    return done.ok ? done.value : tellFailure(done.failure);
  } finally {
    await desk.close();
  }
}
