import { type Client, connection, dag } from "@dagger.io/dagger";
import { type Answering, type RecordingSession, recordingSession } from "./recording-session.ts";

/** Does the work in a session with a recording server, as a function of a module would; no engine is there. */
export async function inSession<T>(
  answer: Answering,
  work: (client: Client, session: RecordingSession) => Promise<T>,
  version?: string,
): Promise<T> {
  const session = await recordingSession(answer, version);
  const before = { port: process.env.DAGGER_SESSION_PORT, token: process.env.DAGGER_SESSION_TOKEN };
  process.env.DAGGER_SESSION_PORT = String(session.port);
  process.env.DAGGER_SESSION_TOKEN = session.token;
  try {
    const done: T[] = [];
    await connection(async () => {
      done.push(await work(dag, session));
    });
    const [value] = done;
    if (done.length !== 1) throw new Error("the session ended before its work");
    return value as T;
  } finally {
    restore("DAGGER_SESSION_PORT", before.port);
    restore("DAGGER_SESSION_TOKEN", before.token);
    await session.close();
  }
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
