import { exposureWords } from "../fact.ts";
import type { JournalledRollout } from "../journal-report.ts";
import type { RolloutReport } from "../report.ts";
import { duration, moment, shortDigest, weightWords } from "../units.ts";
import { block, code, folded, literal, part, table } from "./text.ts";

const outcomes: Record<RolloutReport["outcome"], string> = {
  completed: "✅ live",
  returned: "↩️ went back",
  unfinished: "⏳ not at its end",
  refused: "⛔ never began",
};

/** A rollout: its weights over time as a plot, what was measured at each of them, its gates, why it went back. */
export function rolloutPart(rollout: RolloutReport): string[] {
  const { environment, version, stable, strategy, outcome, reason, measured, gates, continued, drift } =
    rollout;
  const from = stable === null ? "" : `, ${stable} was live`;
  return part(`${environment}: ${version}, ${outcomes[outcome]}`, [
    literal(`${strategy === "" ? "no strategy yet" : `by ${strategy}`}${from}`),
    "",
    ...(reason === null ? [] : [`**${literal(reason)}**`, ""]),
    ...plot(rollout),
    ...table(
      ["weight", "held", "requests", "failed", "p95", "stable's p95", "verdict"],
      measured.map(({ weight, heldMs, canary, stable: other, verdict }) => [
        `${weight} %`,
        duration(heldMs),
        String(canary.requests),
        String(canary.failed),
        took(canary.p95Ms),
        other === null ? "–" : took(other.p95Ms),
        literal(verdict),
      ]),
    ),
    ...continued.map(({ by, full }) => `${literal(by)} let it go on${full ? ", in full" : ""}.`),
    ...drift.map(({ what, found, expected }) =>
      literal(`changed by hand: ${what} is ${found}, expected ${expected}`),
    ),
    ...(rollout.unchanged.length === 0
      ? []
      : [literal(`${rollout.unchanged.join(", ")}: nothing changed, not restarted`)]),
    ...(Object.keys(rollout.exposure).length === 0
      ? []
      : [literal(`exposure by systemd-analyze: ${exposureWords(rollout.exposure)} of 10`)]),
    ...folded(
      "gates",
      table(
        ["gate", "verdict", "why", "by"],
        gates.map(({ gate, verdict, reason: why, by }) => [gate, verdict, why, by].map(literal)),
      ),
    ),
  ]);
}

const took = (ms: number | null): string => (ms === null ? "unknown" : duration(ms));

/** Width of a full bar in characters. */
const full = 40;

/** The candidate's share over time, a bar each time it changed. */
function plot({ version, weights }: RolloutReport): string[] {
  const [first] = weights;
  if (first === undefined) return [];
  const rows = weights.map(({ at, weights: shares }) => {
    const share = shares[version] ?? 0;
    const bar = "█".repeat(Math.round((share / 100) * full)).padEnd(full, "░");
    return `${`+${duration(at - first.at)}`.padStart(12)}  ${bar} ${String(share).padStart(3)} %  ${weightWords(shares)}`;
  });
  return [...block(rows, "text"), ""];
}

/** What an environment's journal says of its last rollouts, newest first. */
export const rolloutTable = (rollouts: JournalledRollout[]): string[] =>
  table(
    ["began", "what", "version", "outcome", "by", "approved by", "digests"],
    rollouts.map(({ beganAt, cause, version, outcome, actor, approvals, digests, why }) => [
      moment(beganAt),
      literal(why === null ? cause : `${cause}: ${why}`),
      literal(version),
      outcomes[outcome],
      literal(actor),
      approvals.map(({ by, how }) => literal(`${by} (${how})`)).join("<br>"),
      digests.map((digest) => code(shortDigest(digest))).join("<br>"),
    ]),
  );
