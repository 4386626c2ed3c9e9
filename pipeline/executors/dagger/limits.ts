import type { Failure } from "../../failure.ts";
import { type HermeticStep, ownName } from "../../plan/plan.ts";

/** Everything about a step that containers cannot do; `secrets` are the names that the caller gave. */
export function beyond(step: HermeticStep, secrets: string[]): Failure[] {
  return [
    ...ours(step),
    ...beside(step),
    ...withoutImage(step),
    ...globs(step),
    ...scripts(step),
    ...missing(step, secrets),
  ];
}

const refused = (step: HermeticStep, what: string, remedy: string): Failure => ({
  kind: "unsupported",
  step: step.id,
  what,
  executor: "dagger",
  remedy,
});

/** No container holds this very program. */
const ours = (step: HermeticStep): Failure[] =>
  step.commands.some((command) => command[0] === ownName)
    ? [refused(step, "a scan of Bellwether's own", "Run the stage with `--executor host`.")]
    : [];

const beside = (step: HermeticStep): Failure[] =>
  step.components.length > 0
    ? [refused(step, "components beside a step", "Run the stage with `--executor host`.")]
    : [];

const withoutImage = (step: HermeticStep): Failure[] =>
  step.image === ""
    ? [refused(step, "a step without a container image", "Give its toolchain an `image`.")]
    : [];

/** The engine's patterns know `*`, `?`, `**` and `[…]`; braces and extended globs would match nothing, in silence. */
const globs = (step: HermeticStep): Failure[] =>
  [...step.inputs, ...step.outputs]
    .filter((pattern) => /[{}()]|^!/.test(pattern))
    .map((pattern) =>
      refused(step, `the pattern ${pattern}`, "Write each alternative as a pattern of its own, without !."),
    );

const scripts = (step: HermeticStep): Failure[] =>
  step.services
    .filter((each) => each.kind === "redis" && each.init.length > 0)
    .map((each) => refused(step, `an init file for ${each.name}`, "Load it in the step's own command."));

const missing = (step: HermeticStep, secrets: string[]): Failure[] =>
  step.secrets
    .filter((name) => !secrets.includes(name))
    .map((name) => ({
      kind: "secret-unresolved",
      name,
      source: "the call's arguments",
      reason: `${step.id} needs it: add --secret-names=${name} --secrets=env:${name}`,
    }));
