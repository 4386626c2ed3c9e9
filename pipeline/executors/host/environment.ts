import { delimiter, join } from "node:path";
import { interpolate } from "../../config/interpolate.ts";
import type { ServerFacts } from "../../io/server.ts";
import type { HermeticStep } from "../../plan/plan.ts";

/** The caller's environment, as `process.env` is. */
export type CallerEnvironment = Record<string, string | undefined>;

const locale = /^(LANG|LANGUAGE|LC_[A-Z]+|TZ)$/;
const basic = /^(PATH|HOME|TMPDIR)$/;

/** Path used where the caller has none. */
export const usualPath = "/usr/local/bin:/usr/bin:/bin";

/** What every step sees: PATH, HOME, TMPDIR and the locale. */
export function baseEnvironment(caller: CallerEnvironment): Record<string, string> {
  const known = bases.get(caller) ?? pick(caller, (name) => basic.test(name) || locale.test(name));
  bases.set(caller, known);
  return { PATH: usualPath, ...known };
}

/** What of the caller's environment decides about a step's outcome: the locale and the variables it names. */
export function keyedEnvironment(caller: CallerEnvironment, step: HermeticStep): Record<string, string> {
  return { ...localeOf(caller), ...passedBy(caller, step) };
}

/** The caller's variables that a step asks for by name. */
function passedBy(caller: CallerEnvironment, step: HermeticStep): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of step.passEnvironment) {
    const value = caller[name];
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** A caller's locale, looked for once as its basic variables are: all steps of a run have the same. */
function localeOf(caller: CallerEnvironment): Record<string, string> {
  const known = locales.get(caller) ?? pick(caller, (name) => locale.test(name));
  locales.set(caller, known);
  return known;
}

const bases = new WeakMap<CallerEnvironment, Record<string, string>>();
const locales = new WeakMap<CallerEnvironment, Record<string, string>>();

/** The step's own variables; `${version}` is filled in, and `${services.…}` where servers run. */
export function ownEnvironment(
  step: HermeticStep,
  version: string,
  facts: Record<string, ServerFacts>,
): Record<string, string> {
  return filledIn(step.environment, stepValues(version, facts));
}

/** What `${…}` stands for in a step: the version, and `services.NAME.FACT` where servers run. */
export function stepValues(version: string, facts: Record<string, ServerFacts>): Record<string, string> {
  const values: Record<string, string> = { version };
  for (const [name, known] of Object.entries(facts)) {
    for (const [fact, value] of Object.entries(known)) values[`services.${name}.${fact}`] = value;
  }
  return values;
}

/** Variables with what `${…}` stands for; what nobody knows stays. */
export const filledIn = (
  variables: Record<string, string>,
  values: Record<string, string>,
): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).map(([name, text]) => [name, interpolate(text, values)]));

/** Everything that a step's commands see; what the step says itself wins. */
export function stepEnvironment(
  step: HermeticStep,
  given: {
    /** The checkout. */
    root: string;
    caller: CallerEnvironment;
    version: string;
    facts: Record<string, ServerFacts>;
    secrets: Record<string, string>;
  },
): Record<string, string> {
  const connections = step.services.flatMap((service) =>
    Object.entries(service.environment).map(([variable, fact]) => [
      variable,
      given.facts[service.name]?.[fact] ?? "",
    ]),
  );
  return {
    ...baseEnvironment(given.caller),
    ...passedBy(given.caller, step),
    ...Object.fromEntries(connections),
    ...given.secrets,
    ...ownEnvironment(step, given.version, given.facts),
    ...searchPath(step, given),
  };
}

/** The step's directories before the PATH that it would have without them. */
function searchPath(
  step: HermeticStep,
  given: { caller: CallerEnvironment; root: string },
): Record<string, string> {
  if (step.path.length === 0) return {};
  const base = step.environment.PATH ?? given.caller.PATH ?? usualPath;
  return { PATH: [...step.path.map((each) => join(given.root, each)), base].join(delimiter) };
}

function pick(caller: CallerEnvironment, wanted: (name: string) => boolean): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(caller)) {
    if (value !== undefined && wanted(name)) found[name] = value;
  }
  return found;
}
