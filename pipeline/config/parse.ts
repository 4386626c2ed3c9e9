import type { Problem } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Config } from "./config.ts";
import { readYaml, type YamlFile } from "./document.ts";
import { normalise } from "./normalise.ts";
import { judge } from "./repair.ts";
import { rules } from "./rules.ts";
import { isUnder, pathText, type Seed } from "./seed.ts";
import type { CheckoutFacts } from "./toolchain-defaults.ts";
import type { Path } from "./written.ts";

/** The text of a bellwether.yaml → the configuration, or every problem of it at once, in the file's order (B10). */
export function parseConfig(text: string, file: string, facts: CheckoutFacts): Result<Config> {
  const yaml = readYaml(text);
  const problems: Problem[] = yaml.problems.map((problem) => ({ file, path: "", ...problem }));
  if (yaml.usable) {
    const { seeds, written, broken } = judge(yaml.value);
    problems.push(...seeds.map((seed) => problemOf(seed, file, yaml)));
    if (written !== null) {
      const config = normalise(written, file, facts);
      const more = rules.flatMap((rule) => rule(written, config)).filter((seed) => !touches(seed, broken));
      problems.push(...more.map((seed) => problemOf(seed, file, yaml)));
      if (problems.length === 0) return ok(config);
    }
  }
  problems.sort((a, b) => a.line - b.line || a.column - b.column);
  return fail({ kind: "config-invalid", file, problems });
}

/** Whether a rule's finding only follows from something that is told already. */
function touches(seed: Seed, broken: readonly Path[]): boolean {
  const { refersTo, missingIn } = seed;
  return broken.some(
    (path) =>
      isUnder(seed.path, path) ||
      (refersTo !== undefined && isUnder(refersTo, path)) ||
      (missingIn !== undefined && isUnder(path, missingIn)),
  );
}

function problemOf(seed: Seed, file: string, yaml: YamlFile): Problem {
  const spot = yaml.spot(seed.path, seed.at) ?? { line: 0, column: 0 };
  return {
    file,
    ...spot,
    path: pathText(seed.path),
    got: seed.got ?? (hidden(seed.path) ? kindOnly(yaml.shown(seed.path)) : yaml.shown(seed.path)),
    expected: seed.expected,
    ...(seed.nearest === undefined ? {} : { nearest: seed.nearest }),
    remedy: seed.remedy,
  };
}

/** Places where somebody may have typed a secret: its value is never shown. */
function hidden(path: Path): boolean {
  if (path.some((part) => part === "env" || part === "headers")) return true;
  // The URL of a database may hold its password.
  if (path.includes("health") && ["postgres", "redis"].includes(String(path.at(-1)))) return true;
  const plain = ["from", "name", "path", "timeout", "min-length"].includes(String(path.at(-1)));
  const secret = ["url", "token", "notify"].some((part) => path.includes(part));
  return !plain && (path[0] === "secrets" || secret);
}

const kindOnly = (shown: string): string =>
  ["a map", "a list", "nothing", "empty text"].includes(shown) ? shown : "a value";
