import type { RolloutFact, Traffic } from "../run/event.ts";
import { count, duration, weightWords } from "./units.ts";

/** A rollout's fact as one line. */
export function factWords(fact: RolloutFact): string {
  switch (fact.kind) {
    case "recovered":
      return `found the rollout of ${fact.version} unfinished: its engine was lost (${fact.actor}, since ${fact.since}); ${fact.live === null ? "nothing is live" : `${fact.live} is live`}`;
    case "began":
      return `${fact.version} to ${fact.environment} by ${fact.strategy}${fact.stable === null ? ", the first release there" : `, ${fact.stable} is live`}`;
    case "acting":
      return `${fact.action} ${fact.version} …`;
    case "acted":
      return `${fact.action} ${fact.version}: done in ${duration(fact.ms)}`;
    case "waiting-ready":
      return `${fact.component} of ${fact.version} is not ready yet: ${fact.seen}`;
    case "shifted":
      return `traffic: ${weightWords(fact.weights)}`;
    case "measured":
      return `${fact.weight} % for ${duration(fact.heldMs)} of ${duration(fact.holdMs)}: ${bothWords(fact.canary, fact.stable)}: ${fact.verdict}`;
    case "committed":
      return `${fact.version} is live at ${fact.url}`;
    case "watching":
      return `watching ${fact.version} for ${duration(fact.watchMs)}`;
    case "returning":
      return `going back from ${fact.version} to ${fact.to ?? "nothing"}: ${fact.reason}`;
    case "returned":
      return `${fact.version} was withdrawn, ${fact.live === null ? "nothing is live" : `${fact.live} is live`}: ${fact.reason}`;
    case "drained":
      return fact.leftOpen === 0
        ? `${fact.version} is drained`
        : `${fact.version} is drained but for ${count(fact.leftOpen, "connection")} still open at the time limit`;
    case "warm":
      return `${fact.version} stays ready for ${duration(fact.ms)}`;
    case "output":
      return `${fact.version} | ${fact.line}`;
  }
}

/** What a version served: "120 requests, 0 failed, p95 12 ms". */
export const trafficWords = ({ requests, failed, p95Ms }: Traffic): string =>
  `${count(requests, "request")}, ${failed} failed, p95 ${p95Ms === null ? "unknown" : duration(p95Ms)}`;

const bothWords = (canary: Traffic, stable: Traffic | null): string =>
  [canary, ...(stable === null ? [] : [stable])]
    .map((traffic) => `${traffic.version} ${trafficWords(traffic)}`)
    .join("; ");
