import picomatch from "picomatch";
import type { Problem } from "../failure.ts";
import type { Agreement } from "./config.ts";
import { isSecret } from "./secret-names.ts";

/** What an environment's variables are, by name; undefined: nothing has that name. */
export type Known = (name: string) => string | undefined;

/**
 * Variables that do not agree: of every rule, one of its alternatives must hold in full. The alternative that is nearest
 * is told, with what is otherwise; a secret's value never is.
 */
export function agreementProblems(
  rules: readonly Agreement[],
  known: Known,
  file: string,
  path: string,
): Problem[] {
  return rules.flatMap((alternatives, index): Problem[] => {
    const missed = alternatives.map((alternative) =>
      Object.entries(alternative).filter(([name, wanted]) => !holds(known(name), wanted)),
    );
    if (missed.some((one) => one.length === 0)) return [];
    const [nearest = []] = [...missed].sort((a, b) => a.length - b.length);
    return [
      {
        file,
        line: 0,
        column: 0,
        path: `${path}.rules[${index}]`,
        got: shown(alternatives, known),
        expected: alternatives.map(words).join(", or "),
        remedy: `Change ${nearest.map(([name]) => name).join(" and ")}, so that all of them agree.`,
      },
    ];
  });
}

const holds = (value: string | undefined, wanted: string): boolean =>
  value !== undefined &&
  (value === wanted || picomatch.isMatch(value, wanted, { bash: true, nobrace: true, noextglob: true }));

const words = (alternative: Record<string, string>): string =>
  Object.entries(alternative)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");

function shown(alternatives: Agreement, known: Known): string {
  const names = [...new Set(alternatives.flatMap((one) => Object.keys(one)))];
  return names
    .map((name) => {
      const value = known(name);
      if (value === undefined) return `no ${name}`;
      return `${name}=${isSecret(name, value) ? "(a secret)" : value}`;
    })
    .join(" ");
}
