import { DaggerSDKError } from "@dagger.io/dagger";
import type { Failure } from "../../failure.ts";

/**
 * What an error says that is the engine's or its connection's, in lines; null for any other: that is a bug. A session
 * that dies in mid-run is an error of the network, which the client hands on as it is.
 */
export function engineWords(error: unknown): string[] | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof DaggerSDKError) {
    const lost = networkCode(error.cause);
    return lost === null ? error.message.split("\n") : [lostWords(lost)];
  }
  const code = networkCode(error);
  return code === null ? null : [lostWords(code)];
}

/** The failure of a step that an error of the engine or its connection ended; any other error is thrown again. */
export function engineFailure(step: string, error: unknown): Failure {
  const tail = engineWords(error);
  if (tail === null) throw error;
  return { kind: "step-failed", step, end: { exitCode: null, signal: null }, tail };
}

/** What the engine answers, or null where it says that there is no such thing; a lost connection is thrown. */
export async function answered<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof DaggerSDKError && networkCode(error.cause) === null) return null;
    throw error;
  }
}

const lostWords = (code: string): string =>
  `the connection to the Dagger engine was lost (${code}): the session ended, or the engine did. Run it again.`;

/** The system's code of a broken connection, also where other errors are wrapped around it. */
function networkCode(error: unknown): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ("code" in at && typeof at.code === "string" && codes.test(at.code)) return at.code;
    if (at.message === "fetch failed" && at.cause === undefined) return "fetch failed";
  }
  return null;
}

const codes = /^(ECONN\w+|EPIPE|ENOTFOUND|ETIMEDOUT|UND_ERR_\w+)$/;
