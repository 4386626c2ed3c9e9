import type { GateSpec } from "../config/config.ts";
import type { GateSeen } from "../failure.ts";
import type { Confirmation, GateFact } from "./gate-facts.ts";
import type { Approvable } from "./gates.ts";
import { checkSmoke } from "./smoke.ts";
import { testResults } from "./test-results.ts";

export type Subject = { wanted: Approvable; now: number };

/** Judges one of the user's gates by what was found out for it; without a fact it is inconclusive. */
export function judgeGate(gate: GateSpec, fact: GateFact | undefined, subject: Subject): GateSeen {
  const { name } = gate;
  const { environment, version } = subject.wanted;
  const again = `then deploy ${version} to ${environment} again`;
  if (fact === undefined || fact.kind === "unasked" || fact.kind !== gate.kind) {
    const reason = fact?.kind === "unasked" ? fact.reason : "it was not asked";
    const remedy = `make it possible to ask ${name}, ${again}`;
    return { gate: name, verdict: "inconclusive", reason, by: askedOf(gate), remedy };
  }
  switch (fact.kind) {
    case "command":
      return judged(gate, byCommand(fact), askedOf(gate), `mend what it says, ${again}`);
    case "http":
      return judged(gate, byAnswer(gate, fact), fact.url, `mend what ${fact.url} says, ${again}`);
    case "file":
      return judged(
        gate,
        byResults(gate, fact, version),
        fact.path,
        `test ${version} and write ${fact.path}, ${again}`,
      );
    case "confirm":
      return byPerson(gate, fact.confirmations, subject);
  }
}

type Verdict = Pick<GateSeen, "verdict" | "reason">;

const pass = (reason: string): Verdict => ({ verdict: "pass", reason });
const failed = (reason: string): Verdict => ({ verdict: "fail", reason });
const inconclusive = (reason: string): Verdict => ({ verdict: "inconclusive", reason });

const judged = ({ name }: GateSpec, verdict: Verdict, by: string, remedy: string): GateSeen => ({
  gate: name,
  ...verdict,
  by,
  remedy: verdict.verdict === "pass" ? null : remedy,
});

/** 0 is pass, 1 is fail; whatever else happens says nothing about the question. */
function byCommand({ ended }: Extract<GateFact, { kind: "command" }>): Verdict {
  if (!ended.started) return inconclusive(`it did not start: ${ended.reason}`);
  const { exitCode, timedOut, ms, last } = ended;
  if (timedOut) return inconclusive(`no end within ${Math.round(ms)} ms`);
  if (exitCode === 0) return pass(last === "" ? "exit code 0" : last);
  if (exitCode === 1) return failed(last === "" ? "exit code 1" : last);
  const end = exitCode === null ? "it was killed" : `exit code ${exitCode}`;
  return inconclusive(last === "" ? end : `${end}: ${last}`);
}

/** No answer, or one of a server that is broken, is not a no. */
function byAnswer(gate: GateSpec, { url, answer }: Extract<GateFact, { kind: "http" }>): Verdict {
  if (gate.kind !== "http") return inconclusive("it was not asked");
  const { name, status, json, headers, timeoutMs } = gate;
  const expect = { status, json, text: null, withinMs: timeoutMs };
  const asked = { name, component: null, method: "GET", path: url, body: null, headers, expect } as const;
  const seen = checkSmoke(asked, answer, url);
  if (seen === null) return pass(answer.kind === "answer" ? `got ${answer.status}` : "it answered");
  const broken = answer.kind === "none" || (answer.status >= 500 && answer.status !== status);
  return broken || seen.summary === "body is not JSON" ? inconclusive(seen.summary) : failed(seen.summary);
}

function byResults(gate: GateSpec, { file }: Extract<GateFact, { kind: "file" }>, version: string): Verdict {
  if (gate.kind !== "file") return inconclusive("it was not asked");
  if (file.text === null) return inconclusive(file.reason);
  if (file.ageMs > gate.maxAgeMs) return inconclusive(`the results are ${hours(file.ageMs)} old`);
  const results = testResults(file.text);
  if (results === null) return inconclusive("the file holds no results of tests");
  if (results.version !== null && results.version !== version)
    return inconclusive(`the results are of ${results.version}`);
  const { passed, total } = results;
  const least = `at least ${percent(gate.minPass)} are asked for`;
  const told = `${passed} of ${total} tests passed (${percent(passed / total)})`;
  return passed / total >= gate.minPass ? pass(told) : failed(`${told}, ${least}`);
}

function byPerson(gate: GateSpec, confirmations: Confirmation[], { wanted, now }: Subject): GateSeen {
  const { name } = gate;
  const { app, environment, version, digests } = wanted;
  const own = confirmations.filter(
    (one) =>
      one.item === name && one.app === app && one.environment === environment && one.version === version,
  );
  const bound = own.filter((one) => sameSet(one.digests, digests));
  const good = bound.findLast((one) => one.expiresAt > now);
  if (good) return { gate: name, verdict: "pass", reason: words(gate), by: good.by, remedy: null };
  const reason =
    bound.length > 0
      ? `it expired at ${new Date(bound.at(-1)?.expiresAt ?? 0).toISOString()}`
      : own.length > 0
        ? "it was confirmed for other digests"
        : "nobody has confirmed it";
  return {
    gate: name,
    verdict: "inconclusive",
    reason: `${words(gate)}: ${reason}`,
    by: "nobody",
    remedy: `\`bellwether confirm ${environment} ${version} ${name}\``,
  };
}

const words = (gate: GateSpec): string => (gate.kind === "confirm" ? gate.item : gate.name);

/** Who would have said so; URLs as they are written, because what they refer to may be a secret. */
function askedOf(gate: GateSpec): string {
  switch (gate.kind) {
    case "command":
      return shortened(typeof gate.run === "string" ? gate.run : gate.run.join(" "));
    case "http":
      return gate.url;
    case "file":
      return gate.path;
    case "confirm":
      return "nobody";
  }
}

/** Most characters of a command that are shown. */
const longestCommand = 40;

function shortened(command: string): string {
  const line = command.trim().replace(/\s+/g, " ");
  return line.length <= longestCommand ? line : `${line.slice(0, longestCommand - 1)}…`;
}

const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;

const hours = (ms: number): string => `${Number((ms / 3_600_000).toFixed(1))} h`;

const sameSet = (a: string[], b: string[]): boolean =>
  [...new Set(a)].sort().join() === [...new Set(b)].sort().join();
