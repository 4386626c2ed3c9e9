import type { GateSeen } from "../failure.ts";
import { gatesTable, gatesWords } from "./gates-view.ts";

/** What a deploy would do, found out without doing any of it. */
export type DryRun = {
  environment: string;
  version: string;
  go: boolean;
  gates: GateSeen[];
  /** Steps by their names in the journal; empty where it is live already. */
  steps: string[];
};

/** The gates, then the steps that the rollout would take. */
export function dryRunView({ environment, version, gates, steps }: DryRun): string[] {
  return [
    ...(gates.length === 0
      ? [`${environment} has no gates`]
      : [gatesWords(version, environment, gates), ...gatesTable(gates).map((line) => `  ${line}`)]),
    ...remedies(gates),
    "",
    ...(steps.length === 0
      ? [`${version} is live already: there would be no rollout`]
      : [
          "the rollout would take these steps:",
          ...steps.map((step, index) => `  ${String(index + 1).padStart(2)}. ${step}`),
        ]),
    "",
    "dry run: nothing was changed",
  ];
}

const remedies = (gates: GateSeen[]): string[] =>
  gates.flatMap(({ gate, remedy }) => (remedy === null ? [] : [`  next (${gate}): ${remedy}`]));
