import { closeCommand, pastWords } from "../follow-up-view.ts";
import { count, listed, shortDigest } from "../units.ts";
import { explained, type Words } from "./explained.ts";

/** Preconditions, exit code 3: found before the first effect. */
export const precondition: Words<
  | "tool-missing"
  | "tool-too-old"
  | "unsupported"
  | "state-held"
  | "lease-held"
  | "lease-lost"
  | "approval-missing"
  | "approval-refused"
  | "approval-expired"
  | "signing-failed"
  | "github-down"
  | "github-denied"
  | "follow-up-open"
  | "no-go"
  | "secret-unresolved"
  | "port-in-use"
  | "router-in-use"
  | "artifact-missing"
  | "image-missing"
  | "registry-denied"
  | "provenance-refused"
  | "signature-refused"
  | "tag-exists"
  | "digest-not-promoted"
  | "digest-unexpected"
  | "sbom-missing"
  | "nothing-live"
  | "nothing-to-promote"
  | "nothing-to-roll-back-to"
  | "version-not-kept"
  | "version-taken"
  | "rollout-too-new"
  | "target-unreachable"
  | "host-unfit"
  | "lease-elsewhere"
  | "limit-not-held"
  | "service-failed"
> = {
  "tool-missing": ({ tool, range, wantedBy }) =>
    explained(
      `${tool} was not found; ${wantedBy} needs it.`,
      `Install ${tool} ${range} and put it on PATH.`,
      {
        where: wantedBy,
        expected: `${tool} ${range} on PATH`,
      },
    ),
  "tool-too-old": ({ tool, range, got, path, wantedBy }) =>
    explained(
      `${tool} is ${got}; ${wantedBy} needs ${range}.`,
      `Install ${tool} ${range}, put it before ${path} on PATH, or change the range in the config.`,
      { where: path, expected: `${tool} ${range}` },
    ),
  unsupported: ({ step, what, executor, remedy }) =>
    explained(`The ${executor} executor cannot do ${step}: ${what}.`, remedy, {
      where: step,
      expected: `steps that the ${executor} executor can do`,
    }),
  "state-held": ({ directory, pid, since }) =>
    explained(
      `Another run (process ${pid}, since ${since}) is using ${directory}.`,
      "Wait until it has ended, or give this one a state directory of its own with `--state DIR`.",
      { where: directory, expected: "a state directory that no other run holds" },
    ),
  "lease-held": ({ environment, actor, version, since, token }) =>
    explained(
      `${environment} is held by a rollout of ${version} by ${actor}, since ${since} (token ${token}).`,
      `Wait until it has ended, or end it with \`bellwether abort ${environment}\`.`,
      { where: environment, expected: "an environment without a rollout under way" },
    ),
  "lease-lost": ({ environment, token, current }) =>
    explained(
      `The lease on ${environment} (token ${token}) was lost${current === null ? "" : ` to token ${current}`}; nothing more was changed.`,
      `See who holds it with \`bellwether status ${environment}\`, then start again.`,
      { where: environment, expected: `token ${token} still in force` },
    ),
  "approval-missing": ({ environment, version, digests, command, reviewers, given, refused = [] }) =>
    explained(
      `${version} waits for approval for ${environment}.`,
      reviewers === undefined
        ? `Approve it with \`${command}\`, then repeat this run.`
        : `Have a run of its workflow reviewed for ${reviewers} on GitHub: it goes on by itself.`,
      {
        where: environment,
        expected: `an approval of ${version} with these digests`,
        details: [
          ...digests.map((digest) => `digest ${digest}`),
          ...(given === undefined ? [] : [given]),
          ...refused.map((reason) => `refused: ${reason}`),
        ],
      },
    ),
  "approval-refused": ({ environment, version, by, reason }) =>
    explained(
      `The approval of ${version} for ${environment} by ${by} was refused: ${reason}.`,
      `Have somebody approve it whose word counts: \`bellwether approve ${environment} ${version}\`.`,
      { where: environment, expected: "an approval that counts" },
    ),
  "approval-expired": ({ environment, version, requestedBy, since, expired, given }) =>
    explained(
      `Nobody let ${version} pass to ${environment} in time: asked for by ${requestedBy} at ${since}, it expired at ${expired}.`,
      "It was withdrawn from the gate. Run the release again to ask anew.",
      { where: environment, expected: `the approvals before ${expired}`, details: [given] },
    ),
  "signing-failed": ({ key, reason, remedy }) =>
    explained(`The approval could not be signed with ${key}: ${reason}.`, remedy, {
      where: key,
      expected: "a signature by an SSH key",
    }),
  "github-down": ({ what, reason }) =>
    explained(`GitHub could not be asked: ${what}: ${reason}.`, "Run again when it answers.", {
      where: "GitHub's API",
    }),
  "github-denied": ({ what, status, permission }) =>
    explained(
      `GitHub refuses ${what} (${status}).`,
      permission === null
        ? "Look whether the token may do it, and whether what it asks for is there."
        : `Give the job the permission \`${permission}\` in its workflow.`,
      { where: "GitHub's API", expected: permission ?? "a token that may do it" },
    ),
  "follow-up-open": ({ environment, followUps }) =>
    explained(
      `${environment} owes ${count(followUps.length, "follow-up")} of releases that went past its gates (break-glass).`,
      `Close ${followUps.length === 1 ? "it" : "each"}: \`${closeCommand(environment, followUps[0]?.id ?? "ID")}\`. A rollback is not held up.`,
      {
        where: environment,
        expected: "no open follow-up before the next ordinary deploy",
        details: followUps.map(
          ({ id, version, actor, reason, since, overridden }) =>
            `${id}: ${version} ${pastWords(overridden)}, by ${actor} at ${since}: ${reason}`,
        ),
      },
    ),
  "no-go": ({ environment, version, gates }) => {
    const missed = gates.filter((gate) => gate.verdict !== "pass");
    return explained(
      `No-go: ${version} does not go to ${environment}, ${missed.length} of ${count(gates.length, "gate")} did not pass.`,
      missed.length === 1 && missed[0]?.remedy
        ? `${sentence(missed[0].remedy)}.`
        : `Do what each of them says, then repeat this run; \`bellwether deploy ${environment} ${version} --dry-run\` asks them again.`,
      {
        where: environment,
        expected: "every gate to pass; what is inconclusive is no pass",
        details: missed.map(
          ({ gate, verdict, reason, remedy }) =>
            `${gate} (${verdict}): ${reason}${remedy === null ? "" : ` → ${remedy}`}`,
        ),
      },
    );
  },
  "secret-unresolved": ({ name, source, reason }) =>
    explained(
      `The secret ${name} could not be had from ${source}: ${reason}.`,
      `Make ${source} give a value for ${name}, or change its reference in the config.`,
      {
        where: name,
        expected: `a value from ${source}`,
      },
    ),
  "port-in-use": ({ port, environment }) =>
    explained(
      `Port ${port}, which ${environment} listens on, is in use by another program.`,
      `End that program, or give ${environment} another port in the config.`,
      { where: environment, expected: `port ${port} free` },
    ),
  "router-in-use": ({ environment, router, wanted }) =>
    explained(
      `${environment} is served by the ${routerName(router)}; changing to the ${routerName(wanted)} would cut requests.`,
      `Stop it first with \`bellwether stop ${environment}\`, then deploy again, or take the router in the config back.`,
      { where: environment, expected: "an environment in which nothing is served" },
    ),
  "artifact-missing": ({ component, path }) =>
    explained(
      `The artifact of ${component} is not there: ${path}.`,
      `Make the build of ${component} write ${path}, or correct \`artifact\` in the config.`,
      {
        where: path,
        expected: `the files of ${component} at ${path}`,
      },
    ),
  "image-missing": ({ image, version, available }) =>
    explained(
      `There is no image ${image} of version ${version}.`,
      "Name one of the versions that are there, or build this one with `bellwether run image`.",
      { where: image, expected: `a version that was built; there are: ${listed(available)}` },
    ),
  "registry-denied": ({ registry, repository, action, status, loggedIn }) =>
    explained(
      `The registry ${registry} does not let us ${action} (status ${status}).`,
      loggedIn
        ? `Its login has no right to do that in ${repository}: give it one, or another login.`
        : `Log in with \`docker login ${registry}\`, or name a login under registries in bellwether.yaml.`,
      { where: `${registry}/${repository}`, expected: loggedIn ? "a login with that right" : "a login" },
    ),
  "provenance-refused": ({ environment, image, digest, reason }) =>
    explained(
      `${shortDigest(digest)} of ${image} does not go to ${environment}: ${reason}.`,
      "Ship an image that this pipeline built from that repository, or change provenance of the environment.",
      {
        where: environment,
        expected: "provenance of the image that names the repository and the builder asked for",
      },
    ),
  "signature-refused": ({ environment, image, digest, reason }) =>
    explained(
      `${shortDigest(digest)} of ${image} does not go to ${environment}: ${reason}.`,
      `Have it signed by who owns the key (\`cosign sign --key …\`), or change signed-by of the environment.`,
      { where: environment, expected: "a signature of this digest by a key of the environment's signed-by" },
    ),
  "tag-exists": ({ image, tag, digest, wanted, movedBase }) =>
    explained(
      `The image ${image} has a tag ${tag} already, for ${shortDigest(digest)}; this run made ${shortDigest(wanted)}.`,
      movedBase === undefined
        ? "Release under a new version: a version's digest never changes."
        : `Where only ${movedBase} has moved since, write what it was to bellwether.lock; else release under a new version: a version's digest never changes.`,
      { where: `${image}:${tag}`, expected: `${tag} to be unused or to name ${shortDigest(wanted)}` },
    ),
  "digest-not-promoted": ({ environment, through, digest, version }) =>
    explained(
      `${version} (${shortDigest(digest)}) has not completed on ${through}, so it does not go to ${environment}.`,
      `Deploy it there first: \`bellwether deploy ${through} ${version}\`.`,
      { where: environment, expected: `a digest that completed on ${through}` },
    ),
  "sbom-missing": ({ image, notes }) =>
    explained(
      `What the image ${image} is made of is not known.`,
      "Commit the lock files of its dependencies, and mend what the notes name.",
      { where: `image ${image}`, details: notes },
    ),
  "digest-unexpected": ({ image, digest, expected }) =>
    explained(
      `The image ${image} of this version is ${shortDigest(digest)}, and not the one that was made before in this run.`,
      "Look who moved its tags in the registry; then run the whole pipeline again.",
      { where: `image ${image}`, expected },
    ),
  "nothing-live": ({ environment }) =>
    explained(
      `Nothing is live on ${environment}.`,
      `Deploy a version first: \`bellwether deploy ${environment}\`.`,
      {
        where: environment,
        expected: "a live release",
      },
    ),
  "nothing-to-promote": ({ environment, reason }) =>
    explained(
      `Nothing waits to be promoted on ${environment}: ${reason}.`,
      `See with \`bellwether status ${environment}\` what goes on; \`--full\` leaves out the holds that are left.`,
      { where: environment, expected: "a canary that waits at a pause" },
    ),
  "nothing-to-roll-back-to": ({ environment, live }) =>
    explained(
      live === null
        ? `No release has completed on ${environment}.`
        : `No release completed on ${environment} before ${live}.`,
      `See \`bellwether history ${environment}\`, or deploy a version: \`bellwether deploy ${environment} VERSION\`.`,
      { where: environment, expected: "a release that completed before the live one" },
    ),
  "version-not-kept": ({ environment, version, available }) =>
    explained(
      `${version} is not kept on ${environment}.`,
      available.length === 0
        ? `Deploy a version: \`bellwether deploy ${environment} VERSION\`.`
        : `Go back to one that is kept: \`bellwether rollback ${environment} --to ${available.at(-1)}\`.`,
      { where: environment, expected: `one of ${listed(available)}` },
    ),
  "version-taken": ({ environment, version, digests, completed }) =>
    explained(
      `${version} completed on ${environment} with other digests.`,
      "Release under a new version: a version's digests never change.",
      {
        where: environment,
        expected: `the digests that completed: ${listed(completed.map(shortDigest))}`,
        details: digests.map((digest) => `this run has ${digest}`),
      },
    ),
  "rollout-too-new": ({ environment, needs, have }) =>
    explained(
      `A newer Bellwether (${needs}) began the rollout on ${environment}; this one is ${have}.`,
      `Use Bellwether ${needs} or newer to go on.`,
      { where: environment, expected: `Bellwether ${needs} or newer` },
    ),
  "target-unreachable": ({ environment, reason, remedy }) =>
    explained(`${environment} cannot be reached: ${reason}.`, remedy, {
      where: environment,
      expected: "a target that answers",
    }),
  "host-unfit": ({ environment, host, reason, remedy }) =>
    explained(`${host} of ${environment} cannot be worked with: ${reason}. Nothing was begun.`, remedy, {
      where: `${environment}, ${host}`,
      expected: "a host that is reached by ssh, provisioned, and has room",
    }),
  "lease-elsewhere": ({ environment, host, configured }) =>
    explained(
      `The lease of ${environment} is kept on ${host}; the configuration makes ${configured} its first host.`,
      `Put ${host} first again, or move the lease with \`bellwether deploy ${environment} --lease-host ${configured}\`.`,
      { where: environment, expected: `a lease on ${host}` },
    ),
  "limit-not-held": ({ environment, version, limits }) =>
    explained(
      `${environment} would not hold ${version} to ${count(limits.length, "limit")} of its components; nothing was begun.`,
      "Write a limit that it can hold, or run the environment's daemon as a user who may set it.",
      {
        where: environment,
        expected: "limits that the target can hold",
        details: limits.map(
          ({ component, limit, wanted, reason }) => `${component} ${limit} ${wanted}: ${reason}`,
        ),
      },
    ),
  "service-failed": ({ service, reason, log, remedy }) =>
    explained(`The service ${service} did not come up: ${reason}.`, remedy, {
      where: service,
      expected: `${service} ready`,
      details: log,
    }),
};

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const routerName = (router: string): string => (router === "haproxy" ? "HAProxy" : "built-in proxy");
