import type { Clock } from "../../io/clock.ts";
import type { Processes } from "../../io/process.ts";
import { findProgram } from "../../io/program.ts";
import { definedOnly } from "../../io/variables.ts";
import { fail, ok, type Result } from "../../result.ts";

/** How a session is reached, as the engine's client finds it in its environment. */
export type SessionAddress = { port: number; token: string };

/** A session that was opened for this run. */
export type OpenedSession = SessionAddress & { end(): Promise<void> };

export type EngineTools = {
  processes: Processes;
  clock: Clock;
  variables: Record<string, string | undefined>;
  signal: AbortSignal;
};

/** A first session may have to start an engine, and to fetch it before. */
const openMs = 5 * 60_000;

/** Time in ms for the engine to write down what it keeps. */
const endMs = 30_000;

/**
 * Opens a session by the `dagger` on PATH; null where there is none, and a sentence where it opens none. The client
 * could do it itself, but a process of its own that ends badly takes this one with it.
 */
export async function openEngine(
  directory: string,
  { processes, clock, variables, signal }: EngineTools,
): Promise<Result<OpenedSession, string> | null> {
  const cli = findProgram("dagger", variables.PATH ?? "");
  if (cli === null) return null;
  const said: string[] = [];
  const opening = new AbortController();
  const opened = { address: null as SessionAddress | null };
  const child = await processes.start({
    argv: [cli, "session", "--label", "dagger.io/sdk.name:nodejs"],
    directory,
    environment: definedOnly(variables),
    // The session ends with its input.
    inputOpen: true,
    output: (stream, line) => {
      if (stream === "err" && said.push(line) > 20) said.shift();
      if (stream === "out") opened.address ??= addressIn(line);
      if (opened.address !== null) opening.abort();
    },
  });
  if (!child.ok) return child;
  void child.value.ended.then(() => opening.abort());
  await clock.sleep(openMs, AbortSignal.any([opening.signal, signal]));
  const { address } = opened;
  if (address !== null) return ok({ ...address, end: async () => void (await child.value.stop(endMs)) });
  const why = opening.signal.aborted ? "it ended" : `nothing was heard of it for ${openMs / 60_000} minutes`;
  await child.value.stop(endMs);
  return fail([`${cli} opened no session: ${why}`, ...said].join("\n"));
}

/** The first line that `dagger session` prints. */
function addressIn(line: string): SessionAddress | null {
  try {
    const read: { port?: unknown; session_token?: unknown } = JSON.parse(line);
    const { port, session_token: token } = read;
    return typeof port === "number" && typeof token === "string" ? { port, token } : null;
  } catch {
    return null;
  }
}
