import type { NotifyEvent } from "../config/config.ts";
import type { Failure } from "../failure.ts";
import type { RolloutFact, RunEvent } from "../run/event.ts";

/** What is worth telling in an event; `url` is the live system's. */
export type News = {
  event: NotifyEvent;
  environment: string;
  version: string | null;
  reason: string | null;
  url: string | null;
};

/** Failures, ways back and break-glass are told to every channel, whatever it asked for (B47). */
export const alwaysTold: readonly NotifyEvent[] = [
  "failed",
  "returned",
  "rolled-back",
  "recovery-failed",
  "break-glass",
];

/** The news in an event of a rollout, a rollback or an approval, or null; `words` says a failure in a sentence. */
export function newsOf(event: RunEvent, words: (failure: Failure) => string): News | null {
  if (event.kind === "rollout")
    return factNews(environmentOf(event.step), event.fact, isRollback(event.step));
  if (event.kind !== "step-finished" || event.result.outcome !== "failed") return null;
  const { failure } = event.result;
  if (failure.kind === "approval-missing")
    return news("waiting", failure.environment, failure.version, approveWords(failure));
  // A return was told by the rollout itself.
  if (failure.kind === "returned" || !/^(?:rollout|rollback):/.test(event.step)) return null;
  const how = failure.kind === "recovery-failed" ? "recovery-failed" : "failed";
  return news(how, environmentOf(event.step), versionOf(failure), words(failure));
}

function factNews(environment: string, fact: RolloutFact, rollback: boolean): News | null {
  switch (fact.kind) {
    case "began":
      return news("started", environment, fact.version, fact.why ?? null);
    case "break-glass":
      return news("break-glass", environment, fact.version, glassWords(fact));
    case "pausing":
      return news("waiting", environment, fact.version, `at ${fact.weight} % for a person: ${fact.command}`);
    case "committed":
      return news(
        rollback ? "rolled-back" : "promoted",
        environment,
        fact.version,
        fact.why ?? null,
        fact.url,
      );
    case "returned":
      return news("returned", environment, fact.version, fact.reason);
    default:
      return null;
  }
}

const approveWords = ({ command, reviewers }: Extract<Failure, { kind: "approval-missing" }>): string =>
  reviewers === undefined ? `approve with: ${command}` : `review its run for ${reviewers} on GitHub`;

/** Who broke the glass and why, and what it went past: whoever reads it has no matrix beside it. */
const glassWords = ({ actor, reason, overridden }: Extract<RolloutFact, { kind: "break-glass" }>): string =>
  `${actor}: ${reason}; overridden: ${overridden.map((gate) => `${gate.gate} (${gate.reason})`).join(", ")}`;

const news = (
  event: NotifyEvent,
  environment: string,
  version: string | null,
  reason: string | null,
  url: string | null = null,
): News => ({ event, environment, version, reason, url });

const environmentOf = (step: string): string => step.slice(step.indexOf(":") + 1);

const isRollback = (step: string): boolean => step.startsWith("rollback:");

const versionOf = (failure: Failure): string | null => ("version" in failure ? failure.version : null);
