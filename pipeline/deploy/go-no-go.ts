import type { Environment } from "../config/config.ts";
import type { Failure, GateSeen } from "../failure.ts";
import { judgeGate } from "./gate-answers.ts";
import type { GateFact } from "./gate-facts.ts";
import type { Approvable, GateDecision } from "./gates.ts";

/** Everything that the matrix is drawn from; `followUps` are the ids that are still open. */
export type MatrixFacts = {
  environment: Environment;
  wanted: Approvable;
  approval: GateDecision;
  followUps: string[];
  facts: GateFact[];
  now: number;
  /** It mends what is live: that this is ill is no reason to hold it back (B33). */
  fix?: boolean;
};

/**
 * The go/no-go matrix: every gate that the environment has, each with its verdict, the reason, and who or what
 * said so. A gate of the configuration for which nothing was found out is inconclusive, never left out.
 */
export function drawMatrix(given: MatrixFacts): GateSeen[] {
  const { environment, wanted, facts, now } = given;
  return [
    ...(environment.promoteFrom === null ? [] : [promotion(environment.promoteFrom, given)]),
    ...(environment.approval === null ? [] : [approval(given)]),
    ...(given.followUps.length === 0 ? [] : [followUps(given)]),
    ...(environment.health.length === 0 ? [] : [healthGate(given)]),
    ...environment.gates.map((gate) =>
      judgeGate(
        gate,
        facts.find((fact) => "gate" in fact && fact.gate === gate.name),
        { wanted, now },
      ),
    ),
  ];
}

/** Go: every gate passes. What failed and what is inconclusive are both no-go. */
export const isGo = (gates: GateSeen[]): boolean => gates.every((gate) => gate.verdict === "pass");

/** The failure of a matrix in which not every gate passes. */
export const noGo = (wanted: Approvable, gates: GateSeen[]): Extract<Failure, { kind: "no-go" }> => ({
  kind: "no-go",
  environment: wanted.environment,
  version: wanted.version,
  gates,
});

function promotion(through: string, { wanted, facts }: MatrixFacts): GateSeen {
  const fact = facts.find((one) => one.kind === "promotion");
  const by = `journal of ${through}`;
  if (fact?.completed) return seen("promotion", "pass", `these digests completed on ${through}`, by, null);
  const reason = fact ? `these digests have not completed on ${through}` : "it was not asked";
  const remedy = `\`bellwether deploy ${through} ${wanted.version}\``;
  return seen("promotion", fact ? "fail" : "inconclusive", reason, by, remedy);
}

function approval({ wanted, approval: decision }: MatrixFacts): GateSeen {
  const by = decision.approvals.map((mark) => `${mark.by} (${mark.how})`).join(", ") || "nobody";
  if (decision.pass) return seen("approval", "pass", decision.reason, by, null);
  const remedy = `\`bellwether approve ${wanted.environment} ${wanted.version}\``;
  return seen("approval", "inconclusive", decision.reason, by, remedy);
}

function followUps({ wanted, followUps: open }: MatrixFacts): GateSeen {
  const { environment } = wanted;
  const remedy = `\`bellwether follow-up ${environment} ${open[0] ?? ""} --close "what was done"\``;
  return seen("follow-ups", "fail", `still open: ${open.join(", ")}`, `journal of ${environment}`, remedy);
}

function healthGate({ wanted, facts, fix }: MatrixFacts): GateSeen {
  const by = "its checks";
  const fact = facts.find((one) => one.kind === "health");
  const look = `\`bellwether status ${wanted.environment}\``;
  if (!fact) return seen("health", "inconclusive", "it was not measured", by, look);
  const { health, notAsked } = fact;
  const left = notAsked.length === 0 ? "" : `; not there yet: ${notAsked.join(", ")}`;
  // Everything that the checks ask for comes with the first release.
  if (health.findings.length === 0) return seen("health", "pass", `nothing to ask${left}`, by, null);
  const worst = health.findings.filter((one) => one.status !== "HEALTHY");
  const told = worst.map(({ name, status, reason }) => `${name} ${status}: ${reason}`).join(", ");
  const reason = `${health.status}${told === "" ? "" : ` (${told})`}${left}`;
  if (health.ready) return seen("health", "pass", reason, by, null);
  if (fix) return seen("health", "pass", `${reason}; shipped as a fix`, by, null);
  const verdict = health.status === "UNHEALTHY" ? "fail" : "inconclusive";
  const advice = worst.find((one) => one.status === health.status)?.recommendation;
  return seen("health", verdict, reason, by, advice ? `${advice}; ${look}` : look);
}

const seen = (
  gate: string,
  verdict: GateSeen["verdict"],
  reason: string,
  by: string,
  remedy: string | null,
): GateSeen => ({ gate, verdict, reason, by, remedy });
