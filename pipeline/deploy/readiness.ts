import type { HealthPaths } from "../config/config.ts";
import type { ProbeSeen } from "../failure.ts";
import type { HttpAnswer } from "../io/http.ts";

/** An answer as a person should see it: "got 301 to /login, expected 200" (B16), body cut at 500 characters. */
export function readProbe(
  answer: HttpAnswer,
  asked: { url: string; expected: number; timeoutMs: number },
): ProbeSeen {
  if (answer.kind === "none") {
    return { url: asked.url, status: null, summary: silence(answer, asked.timeoutMs), body: "" };
  }
  const { status } = answer;
  const body = answer.body.slice(0, 500);
  if (status === asked.expected) return { url: asked.url, status, summary: `got ${status}`, body };
  const location = status >= 300 && status < 400 ? header(answer.headers, "location") : null;
  const to = location ? ` to ${location}` : "";
  return { url: asked.url, status, summary: `got ${status}${to}, expected ${asked.expected}`, body };
}

/** Any 2xx is healthy; a redirect is not, and is not followed (B16). */
export const isHealthy = (probe: ProbeSeen): boolean =>
  probe.status !== null && probe.status >= 200 && probe.status < 300;

/** Successes in a row, and since when (ms). */
export type Readiness = { successes: number; since: number };

export const notReady: Readiness = { successes: 0, since: 0 };

/** One more probe: a failure starts the count again (B17). */
export function observed(before: Readiness, good: boolean, at: number): Readiness {
  if (!good) return notReady;
  return { successes: before.successes + 1, since: before.successes === 0 ? at : before.since };
}

/** Ready: enough successes in a row, over at least `spanMs` (B17). */
export const isReady = (
  readiness: Readiness,
  rule: Pick<HealthPaths, "successes" | "spanMs">,
  at: number,
): boolean => readiness.successes >= Math.max(1, rule.successes) && at - readiness.since >= rule.spanMs;

function silence(answer: Extract<HttpAnswer, { kind: "none" }>, timeoutMs: number): string {
  switch (answer.reason) {
    case "refused":
      return "connection refused";
    case "reset":
      return "connection reset";
    case "timeout":
      return `no answer within ${timeoutMs} ms`;
    case "other":
      return answer.message;
  }
}

const header = (headers: Record<string, string>, name: string): string | null =>
  Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1] ?? null;
