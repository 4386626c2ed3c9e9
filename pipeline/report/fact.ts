import type { CheckSaid, RolloutFact, Traffic } from "../run/event.ts";
import { pastWords } from "./follow-up-view.ts";
import { gatesWords } from "./gates-view.ts";
import { count, duration, weightWords } from "./units.ts";

/** A rollout's fact as one line. */
export function factWords(fact: RolloutFact): string {
  switch (fact.kind) {
    case "recovered":
      return `found the rollout of ${fact.version} unfinished: its ${fact.lost ? "engine was lost" : "way back had failed"} (${fact.actor}, since ${fact.since}); ${fact.live === null ? "nothing is live" : `${fact.live} is live`}`;
    case "gates":
      return gatesWords(fact.version, fact.environment, fact.gates);
    case "began":
      return `${fact.version} to ${fact.environment} by ${fact.strategy}${fact.stable === null ? ", the first release there" : `, ${fact.stable} is live`}${fact.why === undefined ? "" : `: ${fact.why}`}`;
    case "break-glass":
      return `BREAK-GLASS: ${fact.version} goes ${pastWords(fact.overridden)}, by ${fact.actor}: ${fact.reason} (follow-up ${fact.followUp})`;
    case "acting":
      return `${fact.action} ${fact.version} …`;
    case "acted":
      return `${fact.action} ${fact.version}: done in ${duration(fact.ms)}`;
    case "unchanged":
      return `${fact.components.join(", ")} of ${fact.version}: nothing changed, not restarted`;
    case "exposed":
      return `systemd finds ${fact.version} exposed by ${exposureWords(fact.scores)} of 10`;
    case "waiting-ready":
      return `${fact.component} of ${fact.version} is not ready yet: ${fact.seen}`;
    case "shifted":
      return `traffic: ${weightWords(fact.weights)}`;
    case "measured":
      return `${fact.weight} % for ${duration(fact.heldMs)} of ${duration(fact.holdMs)}: ${bothWords(fact.canary, fact.stable)}: ${fact.verdict}${checksWords(fact.checks)}`;
    case "pausing":
      return `${fact.version} waits at ${fact.weight} % for a person, at most ${duration(fact.pauseMs)}: ${fact.command}`;
    case "continued":
      return `${fact.by} lets ${fact.version} go on${fact.full ? ", without further holds and pauses" : ""}`;
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
    case "drift":
      return `changed by hand: ${fact.what} of ${fact.version} is ${fact.found}, expected ${fact.expected}`;
    case "rotated":
      return `secret ${fact.name} was rotated since ${fact.version} was placed: version ${fact.used} of it is used again, ${fact.live} was live`;
    case "journalled":
      return `journal of ${fact.environment}: ${fact.sequence}:${fact.hash}`;
    case "output":
      return `${fact.version} | ${fact.line}`;
  }
}

/** "1.6 (api), 1.2 (feed)": the most exposed one first. */
export const exposureWords = (scores: Record<string, number>): string =>
  Object.entries(scores)
    .sort(([, a], [, b]) => b - a)
    .map(([name, score]) => `${score} (${name})`)
    .join(", ");

/** What a version served: "120 requests, 0 failed, p95 12 ms". */
export const trafficWords = ({ requests, failed, p95Ms }: Traffic): string =>
  `${count(requests, "request")}, ${failed} failed, p95 ${p95Ms === null ? "unknown" : duration(p95Ms)}`;

/** One check: "✔ errors: 0 of 100 requests failed", "· p95: 29 requests, 30 needed". */
export const checkWords = ({ name, verdict, reason }: CheckSaid): string =>
  `${markOf(verdict)} ${reason.startsWith(`${name}: `) ? "" : `${name}: `}${reason}`;

const markOf = (verdict: string): string =>
  verdict === "successful" ? "✔" : verdict === "failed" ? "✖" : verdict === "waiting" ? "·" : "?";

/** What is good in a word, what is not with its reason. */
const checksWords = (checks: CheckSaid[]): string =>
  checks.length === 0
    ? ""
    : ` [${checks.map((one) => (one.verdict === "successful" ? `✔ ${one.name}` : checkWords(one))).join(", ")}]`;

const bothWords = (canary: Traffic, stable: Traffic | null): string =>
  [canary, ...(stable === null ? [] : [stable])]
    .map((traffic) => `${traffic.version} ${trafficWords(traffic)}`)
    .join("; ");
