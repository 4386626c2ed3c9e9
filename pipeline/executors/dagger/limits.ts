import type { Failure } from "../../failure.ts";
import type { HermeticStep } from "../../plan/plan.ts";
import { ownArguments, strangeScanners } from "./own-step.ts";

/** Everything about a step that containers cannot do; `secrets` are the names that the caller gave. */
export function beyond(step: HermeticStep, secrets: string[]): Failure[] {
  return [
    ...scanners(step),
    ...withoutImage(step),
    ...globs(step),
    ...volumes(step),
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

/** A scan of ours takes other scanners' programs out of their images: only those that are one file. */
const scanners = (step: HermeticStep): Failure[] =>
  strangeScanners(ownArguments(step) ?? []).map((name) =>
    refused(
      step,
      `the scanner ${name} in a container of ours`,
      "Name trivy or osv-scanner, run it as a scan of its own (security.scans), or use `--executor host`.",
    ),
  );

const withoutImage = (step: HermeticStep): Failure[] =>
  [step, ...step.components].some(({ image }) => image === "")
    ? [refused(step, "a step without a container image", "Give its toolchain an `image`.")]
    : [];

/** The engine's patterns know `*`, `?`, `**` and `[…]`; braces and extended globs would match nothing, in silence. */
const globs = (step: HermeticStep): Failure[] =>
  [...step.inputs, ...step.outputs]
    .filter((pattern) => /[{}()]|^!/.test(pattern))
    .map((pattern) =>
      refused(step, `the pattern ${pattern}`, "Write each alternative as a pattern of its own, without !."),
    );

/** What is in a cache volume is copied by its name. */
const volumes = (step: HermeticStep): Failure[] =>
  step.outputs
    .filter((path) => /[*?[]/.test(path) && step.caches.some((cache) => path.startsWith(`${cache}/`)))
    .map((path) =>
      refused(
        step,
        `the pattern ${path} in a directory that is a cache`,
        "Name the files, each as an output.",
      ),
    );

const scripts = (step: HermeticStep): Failure[] =>
  step.services
    .filter((each) => each.kind === "redis" && each.init.length > 0)
    .map((each) => refused(step, `an init file for ${each.name}`, "Load it in the step's own command."));

const missing = (step: HermeticStep, secrets: string[]): Failure[] =>
  [...new Set([...step.secrets, ...step.components.flatMap((each) => each.secrets)])]
    .filter((name) => !secrets.includes(name))
    .map((name) => ({
      kind: "secret-unresolved",
      name,
      source: "the call's arguments",
      reason: `${step.id} needs it: add --secret-names=${name} --secrets=env:${name}`,
    }));
