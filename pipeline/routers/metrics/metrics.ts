import type { SecretReference } from "../../config/config.ts";
import type { Metrics } from "../../deploy/metrics.ts";
import type { Failure } from "../../failure.ts";
import type { Clock } from "../../io/clock.ts";
import type { Http } from "../../io/http.ts";
import type { Processes } from "../../io/process.ts";
import type { Result } from "../../result.ts";
import type { Secret } from "../../secret.ts";
import { type CommandPlace, readCommand } from "./command.ts";
import { readPrometheus } from "./prometheus.ts";

export type MetricsParts = {
  http: Http;
  processes: Processes;
  clock: Clock;
  place: CommandPlace;
  /** The value of a token, asked at every look: it may change while a canary is held. */
  resolve(reference: SecretReference): Promise<Result<Secret>>;
};

/** The sources that checks can name: Prometheus, a command, a URL. */
export function createMetrics({ http, processes, clock, place, resolve }: MetricsParts): Metrics {
  return {
    async read({ check, sinceMs }, signal) {
      if (check.kind === "command") return readCommand(processes, check, place, signal);
      const secret = check.token === null ? null : await resolve(check.token);
      if (secret !== null && !secret.ok)
        return { kind: "unreadable", reason: `its token is not to be had: ${reasonOf(secret.failure)}` };
      const token = secret?.value.reveal() ?? null;
      return readPrometheus(http, check, { now: clock.now(), sinceMs, token }, signal);
    },
    ask: (url, timeoutMs, signal) => http.send({ url, timeoutMs }, signal),
  };
}

const reasonOf = (failure: Failure): string => ("reason" in failure ? failure.reason : failure.kind);
