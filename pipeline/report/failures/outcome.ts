import type { ProbeSeen } from "../../failure.ts";
import { duration, endWords, weightWords } from "../units.ts";
import { explained, type Words } from "./explained.ts";

/** Outcomes after the first effect (exit code 1), failed recoveries (4), interruptions (130) and bugs (70). */
export const outcome: Words<
  | "step-failed"
  | "component-failed"
  | "service-died"
  | "step-timeout"
  | "report-unreadable"
  | "tests-failed"
  | "no-tests"
  | "coverage-low"
  | "findings-present"
  | "scan-inconclusive"
  | "allowance-expired"
  | "step-unsafe-path"
  | "output-missing"
  | "wrong-architecture"
  | "not-healthy"
  | "smoke-failed"
  | "migration-failed"
  | "pause-expired"
  | "analysis-failed"
  | "target-failed"
  | "registry-failed"
  | "image-refused"
  | "image-not-verified"
  | "returned"
  | "aborted"
  | "recovery-failed"
  | "interrupted"
  | "bug"
> = {
  "step-failed": ({ step, end, tail, found = [] }) =>
    explained(
      `${step} failed: ${endWords(end)}.`,
      found.length > 0
        ? "Mend what was found and run it again."
        : "Mend what its last lines say and run it again.",
      { where: step, expected: "exit code 0", details: found.length > 0 ? found : tail },
    ),
  "component-failed": ({ step, component, reason, log }) =>
    explained(
      `The component ${component} did not serve ${step}: ${reason}.`,
      `See its last lines; components.${component} in the config says how it is started and when it is ready.`,
      { where: step, expected: `${component} ready, and there until the step ends`, details: log },
    ),
  "service-died": ({ step, service, log }) =>
    explained(
      `The service ${service} ended while ${step} ran.`,
      "See its last lines and the step's own: it was ready, and something ended it.",
      { where: step, expected: `${service} there until the step ends`, details: log },
    ),
  "step-timeout": ({ step, limitMs, tail }) =>
    explained(
      `${step} ran into its time limit of ${duration(limitMs)} and was stopped.`,
      "Find what it waits for in its last lines, or raise `timeout` in the config.",
      { where: step, expected: `an end within ${duration(limitMs)}`, details: tail },
    ),
  "report-unreadable": ({ step, file, reason }) =>
    explained(
      `${step} ended well, but its report ${file} tells nothing: ${reason}.`,
      "Make the command write it, or correct its path in the config: `reports`, for findings `findings.file`.",
      { where: file, expected: "a report that can be read: without one there is no evidence of a pass" },
    ),
  "tests-failed": ({ step, failed, total, found }) =>
    explained(
      `${step} ended with exit code 0, but its report tells of ${failed} failed tests of ${total}.`,
      "Mend the tests, and the command, which hides that they fail.",
      { where: step, expected: "no failed test", details: found },
    ),
  "no-tests": ({ step, skipped }) =>
    explained(
      skipped === 0
        ? `${step} ended with exit code 0, but it ran no test at all.`
        : `${step} ended with exit code 0, but skipped ${skipped === 1 ? "its only test" : `all of its ${skipped} tests`}.`,
      skipped === 0
        ? "Make the command find the tests: for unittest, `-s DIRECTORY` names one that is no package, and `-p PATTERN` how their files are called."
        : "Give them what they are skipped for, as `services` and `env` of the check, or take the check out of the config.",
      { where: step, expected: "at least one test: without any there is no evidence of a pass" },
    ),
  "coverage-low": ({ step, shortfalls }) =>
    explained(`The tests of ${step} cover too little.`, "Add tests, or lower `coverage` in the config.", {
      where: step,
      expected: "the coverage that the config asks for",
      details: shortfalls,
    }),
  "findings-present": ({ step, tool, count, fail, found }) =>
    explained(
      `${tool} found ${count} ${count === 1 ? "thing" : "things"} that may not stay.`,
      "Mend them; what is known and harmless goes on the allow list with a reason and an expiry.",
      { where: step, expected: `no finding of severity ${fail} or worse`, details: found },
    ),
  "scan-inconclusive": ({ step, tool, reasons }) =>
    explained(
      `${tool} could not look at everything, so it is not known whether there is something to find.`,
      "Put right what kept it from looking. Files that need not be looked at for secrets go on its list `exclude`; a scan for vulnerabilities may be accepted for a time (`accept-inconclusive`, with a reason and an expiry).",
      { where: step, expected: "a complete scan", details: reasons },
    ),
  "allowance-expired": ({ step, entries }) =>
    explained(
      `${step} is let off by ${entries.length === 1 ? "an entry" : "entries"} whose day has passed.`,
      "Mend what was found, or look at it again and set a new expiry.",
      { where: step, expected: "an expiry that has not passed", details: entries },
    ),
  "step-unsafe-path": ({ step, path, reason }) =>
    explained(
      `${step} names a path that it must not use, ${path}: ${reason}.`,
      "Name a path inside the checkout.",
      {
        where: path,
        expected: "a path inside the checkout",
      },
    ),
  "output-missing": ({ step, path }) =>
    explained(
      `${step} ended well but did not write ${path}.`,
      "Make the command write it, or correct `outputs` in the config.",
      {
        where: path,
        expected: `${path} after the step`,
      },
    ),
  "wrong-architecture": ({ file, got, expected }) =>
    explained(
      `${file} is a program for ${got}.`,
      "Build it for that platform (a native package: fetch that platform's, e.g. with `npm ci --cpu` or `pip install --platform`), or take the platform out of the image.",
      {
        where: file,
        expected: `a program for ${expected}`,
      },
    ),
  "not-healthy": ({ component, version, waitedMs, probe, end, log }) =>
    explained(
      `${component} of ${version} did not become healthy within ${duration(waitedMs)}${end === null ? "" : `; its process ended: ${endWords(end)}`}.`,
      "The release before it keeps serving. Mend what the probe and the log say and release again.",
      {
        where: probe?.url ?? component,
        expected: "enough good answers in a row",
        details: [...(probe === null ? ["no probe was answered"] : probeLines(probe)), ...log],
      },
    ),
  "smoke-failed": ({ check, probe }) =>
    explained(
      `The smoke check ${check} failed: ${probe.summary}.`,
      "The release before it keeps serving. Mend the answer, or the expectation in the config.",
      { where: probe.url, expected: "the answer that the config describes", details: probeLines(probe) },
    ),
  "migration-failed": ({ end, timedOutAfterMs, log }) =>
    explained(
      timedOutAfterMs === null
        ? `The migration failed: ${endWords(end)}.`
        : `The migration ran into its time limit of ${duration(timedOutAfterMs)} and was stopped.`,
      "No traffic moved. See in its log what was applied, mend it and release again.",
      { expected: "exit code 0", details: log },
    ),
  "pause-expired": ({ environment, version, weight, waitedMs }) =>
    explained(
      `Nobody let ${version} go on from its pause at ${weight} % within ${duration(waitedMs)}.`,
      `Ship it again, and continue it in time with \`bellwether promote ${environment}\`.`,
      { where: `weight ${weight} %`, expected: "a person's word before the pause ends" },
    ),
  "analysis-failed": ({ verdict, weight, reason }) =>
    explained(
      `The analysis at ${weight} % ${analysisWords[verdict]}: ${reason}.`,
      verdict === "failed"
        ? "Mend the release and ship it again."
        : "Bring more traffic to the canary or give it more time; no evidence is never a pass.",
      { where: `weight ${weight} %`, expected: "a successful verdict at every weight" },
    ),
  "registry-failed": ({ registry, repository, action, status, reason }) =>
    explained(
      `The registry ${registry} did not ${action}: ${reason}${status === null ? "" : ` (status ${status})`}.`,
      registryRemedy(status),
      { where: `${registry}/${repository}`, expected: "an answer by the OCI distribution specification" },
    ),
  "image-refused": ({ image, problems }) =>
    explained(
      `The image ${image} is not as it has to be: ${problems[0] ?? "nothing is known of it"}.`,
      "Mend what makes it; nothing was tagged or published.",
      { where: image, expected: "an image without these problems", details: problems.slice(1) },
    ),
  "image-not-verified": ({ image, problems }) =>
    explained(
      `${image} could not be verified: ${problems[0] ?? "nothing is known of it"}.`,
      "Do not run it before you know why; an image that this pipeline published passes.",
      {
        where: image,
        expected: "the digest, its parts and what is about it to be whole",
        details: problems.slice(1),
      },
    ),
  "target-failed": ({ action, reason }) =>
    explained(`The target could not ${action}: ${reason}.`, "Mend what it says and run again.", {
      expected: `${action} done`,
    }),
  returned: ({ environment, version, live, because }, explain) => {
    const cause = explain(because);
    return {
      ...cause,
      what: `${version} was withdrawn from ${environment}; ${liveWords(live)}. ${cause.what}`,
      where: cause.where ?? environment,
    };
  },
  aborted: ({ environment, version, live, by }) =>
    explained(
      `The rollout of ${version} to ${environment} was aborted by ${by}; ${liveWords(live)}.`,
      `Start it again with \`bellwether deploy ${environment} ${version}\` when it is wanted.`,
      { where: environment },
    ),
  "recovery-failed": ({ environment, live, weights, because, recovery, command }, explain) =>
    explained(
      `RECOVERY FAILED on ${environment}: it could not be brought back. ${explain(recovery).what}`,
      `Act now: \`${command}\``,
      {
        where: environment,
        expected: "the release before it serving everything",
        details: [
          `live: ${live ?? "unknown"}`,
          `weights: ${weightWords(weights)}`,
          `first cause: ${explain(because).what}`,
          ...explain(recovery).details,
        ],
      },
    ),
  interrupted: ({ by }) =>
    explained(`Interrupted by ${by}.`, "Run it again: what was finished comes from the cache."),
  bug: ({ message, stack }) =>
    explained(`Bellwether has a bug: ${message}.`, "Report it with these lines and `bellwether --version`.", {
      details: stack.split("\n"),
    }),
};

const analysisWords = {
  failed: "failed",
  inconclusive: "was inconclusive",
  error: "could not measure",
} as const;

const liveWords = (live: string | null): string => (live === null ? "nothing is live" : `${live} is live`);

const probeLines = ({ url, status, summary, body }: ProbeSeen): string[] => [
  `last probe: ${url} → ${status ?? "no answer"} (${summary})`,
  ...(body === "" ? [] : [`body: ${body}`]),
];

function registryRemedy(status: number | null): string {
  if (status === null)
    return "See whether it is reached from here, and repeat: what was sent stays, nothing is tagged.";
  if (status === 413)
    return "It takes no blobs of this size: make the layer smaller, or raise its limit (often a proxy's).";
  if (status === 404) return "See whether the repository's name is right and exists there.";
  if (status === 429) return "It wants fewer requests: repeat later, or log in, which often allows more.";
  return "Repeat it; where it says the same again, look at the registry's own log.";
}
