import type { HealthPaths } from "../config/config.ts";
import type { Clock } from "../io/clock.ts";
import type { Http } from "../io/http.ts";
import { isReady, notReady, observed } from "./readiness.ts";

/** Longest pause in ms between two questions to something that is just starting. */
const longestPauseMs = 200;

/**
 * Waits until what listens on the port of 127.0.0.1 answers as the health paths ask (without any: any answer is good),
 * at most for the time that they give it; false where it did not, or where the signal came first.
 */
export async function answersReady(
  parts: { clock: Clock; http: Http },
  health: HealthPaths,
  port: number,
  signal: AbortSignal,
): Promise<boolean> {
  const { clock, http } = parts;
  const path = health.ready ?? health.live;
  const deadline = clock.now() + health.withinMs;
  let readiness = notReady;
  while (clock.now() < deadline && !signal.aborted) {
    const answer = await http.send({
      url: `http://127.0.0.1:${port}${path ?? "/"}`,
      timeoutMs: health.probeTimeoutMs,
    });
    const good = answer.kind === "answer" && (path === null || (answer.status >= 200 && answer.status < 300));
    readiness = observed(readiness, good, clock.now());
    if (good && (path === null || isReady(readiness, health, clock.now()))) return true;
    await clock.sleep(Math.min(health.intervalMs, longestPauseMs), signal);
  }
  return false;
}
