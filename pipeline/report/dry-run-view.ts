import type { GateSeen } from "../failure.ts";
import { indented, type Line, line } from "./console/line.ts";
import { pastWords } from "./follow-up-view.ts";
import { gatesTable, gatesWords } from "./gates-view.ts";
import { listed, moment } from "./units.ts";

/** What a deploy would do, found out without doing any of it. */
export type DryRun = {
  environment: string;
  version: string;
  /** It would not be refused. */
  go: boolean;
  gates: GateSeen[];
  /** Gates that a break-glass would go past, and those that it does not; null: none was asked for. */
  breakGlass: { overridden: string[]; refused: string[] } | null;
  /** Shipped as a fix of what is live, and whether that serves at all; null: it is not. */
  fix: { live: string | null; serves: boolean } | null;
  /** Another rollout is to give way whatever its version. */
  supersede: boolean;
  underWay: UnderWay | null;
  /** Steps by their names in the journal; empty where it is live already. */
  steps: string[];
};

/** A rollout that is not at its end, since when (ms, epoch); `left`: its engine is gone, and this one would end it. */
export type UnderWay = { version: string; actor: string; since: number } & (
  | { way: "left" }
  | { way: "gives-way" | "stays"; cause: "deploy" | "rollback" }
);

/** The gates, what the options change, what is under way, then the steps that the rollout would take. */
export function dryRunView(run: DryRun, columns = Number.POSITIVE_INFINITY): Line[] {
  const { environment, version, gates, steps } = run;
  const manner = [...glassLines(run), ...fixLines(run), ...underWayLines(run)];
  return [
    ...(gates.length === 0
      ? [line(`${environment} has no gates`)]
      : [
          line(gatesWords(version, environment, gates), gates.every(passes) ? "green" : "red"),
          ...indented(gatesTable(gates, columns - 2), 2),
        ]),
    ...remedies(run).map((text) => line(text)),
    ...(manner.length === 0 ? [] : [line(""), ...manner]),
    line(""),
    ...(steps.length === 0
      ? [line(`${version} is live already: there would be no rollout`)]
      : [
          line("the rollout would take these steps:"),
          ...steps.map((step, index) => line(`  ${String(index + 1).padStart(2)}. ${step}`)),
        ]),
    line(""),
    line("dry run: nothing was changed"),
  ];
}

const passes = ({ verdict }: GateSeen): boolean => verdict === "pass";

/** What to do about each gate that would hold it up. */
const remedies = ({ gates, breakGlass }: DryRun): string[] =>
  gates.flatMap(({ gate, remedy }) =>
    remedy === null || breakGlass?.overridden.includes(gate) ? [] : [`  next (${gate}): ${remedy}`],
  );

function glassLines({ breakGlass, steps }: DryRun): Line[] {
  if (breakGlass === null) return [];
  const { overridden, refused } = breakGlass;
  if (overridden.length + refused.length === 0)
    return [line("break-glass: every gate passes, so that no glass would be broken")];
  if (steps.length === 0 && refused.length === 0)
    return [line("break-glass: it is live already, so that no glass would be broken")];
  if (refused.length > 0)
    return [line(`break-glass: it does not go past ${listed(refused)}; the deploy would be refused`, "red")];
  const past = pastWords(overridden.map((gate) => ({ gate })));
  return [line(`break-glass: it would go ${past}; everybody is told, and a follow-up opens`, "yellow")];
}

function fixLines({ fix }: DryRun): Line[] {
  if (fix === null) return [];
  const { live, serves } = fix;
  if (live === null) return [line("fix: nothing is live, so that there is nothing to mend")];
  const atOnce = serves ? "" : `; ${live} does not serve, so that all traffic would go over at once`;
  return [line(`fix: nothing is compared with ${live}, and its own health holds nothing back${atOnce}`)];
}

function underWayLines({ environment, supersede, underWay }: DryRun): Line[] {
  if (underWay === null)
    return supersede ? [line("supersede: no rollout is under way that would have to give way")] : [];
  const who = `a rollout of ${underWay.version} by ${underWay.actor}, since ${moment(underWay.since)}`;
  switch (underWay.way) {
    case "left":
      return [line(`left unfinished: ${who}; it would be brought to its end first`, "yellow")];
    case "gives-way":
      return [line(`under way: ${who}; it would give way, and return to stable first`, "yellow")];
    case "stays": {
      const way = underWay.cause === "deploy" ? "add --supersede, or " : "";
      return [
        line(`under way: ${who}; it would not give way, and the deploy would be refused`, "red"),
        line(`  next: ${way}wait until it has ended: \`bellwether status ${environment}\``),
      ];
    }
  }
}
