import { readFileSync } from "node:fs";
import { add, judge, unmeasured, verdictsOf } from "../../pipeline/deploy/analysis.ts";
import { terms, written } from "./support.ts";

/** Prints the verdict and what every check says after each recorded measurement of a file. */
const recorded = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
const { samples, holdMs, limitMs, analysis, measurements } = recorded;
const given = terms(written(...analysis), { samples, holdMs, limitMs });
let states = unmeasured(given);
for (const measurement of measurements) {
  states = add(given, states, measurement);
  const said = { verdict: judge(given, states, measurement.at), checks: verdictsOf(given, states) };
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
