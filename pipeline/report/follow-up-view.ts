import type { FollowUp } from "../deploy/follow-up.ts";
import type { GateMark } from "../failure.ts";
import { listed, moment } from "./units.ts";

/** Which gates a break-glass goes past: "past approval and uat"; journals of before do not name them. */
export const pastWords = (overridden: Pick<GateMark, "gate">[]): string =>
  `past ${listed(
    overridden.map(({ gate }) => gate),
    "its gates",
  )}`;

/** A follow-up: who broke the glass for what, when and why, then how to close it, or how it was closed. */
export function followUpLines(environment: string, followUp: FollowUp): string[] {
  const { id, version, actor, reason, overridden, at, closed } = followUp;
  return [
    `follow-up ${id} is ${closed === null ? "open" : "closed"}: ${version} went ${pastWords(overridden)}, by ${actor} at ${moment(at)}: ${reason}`,
    closed === null
      ? `  close it: \`${closeCommand(environment, id)}\``
      : `  closed by ${closed.actor} at ${moment(closed.at)}: ${closed.what}`,
  ];
}

/** The command that closes a follow-up. */
export const closeCommand = (environment: string, id: string): string =>
  `bellwether follow-up ${environment} ${id} --close "what was done"`;

/** What is owed, all of it, then what was closed last, and how many before that. */
export function followUpsOf(environment: string, all: FollowUp[]): string[] {
  const open = all.filter(({ closed }) => closed === null);
  const closed = all.filter((one) => one.closed !== null).sort(byClosing);
  const last = closed.at(-1);
  const earlier = closed.length - 1;
  return [
    ...open.flatMap((one) => followUpLines(environment, one)),
    ...(last ? followUpLines(environment, last) : []),
    ...(earlier > 0
      ? [`${earlier} more ${earlier === 1 ? "is" : "are"} closed: \`bellwether follow-up ${environment}\``]
      : []),
  ];
}

const byClosing = (one: FollowUp, other: FollowUp): number => (one.closed?.at ?? 0) - (other.closed?.at ?? 0);
