import { titleOf } from "../../stages/environment.ts";
import type { EnvironmentFacts, Facts } from "./facts.ts";
import {
  ask,
  call,
  checkout,
  dagger,
  edge,
  expression,
  handedOn,
  hostAccess,
  type Job,
  type Permissions,
  reads,
  secretLines,
} from "./parts.ts";

const told = "$BELLWETHER_TOLD";

/** All checks; what they found is told whether they pass or not. */
export function checksJob(facts: Facts, change: boolean): Job {
  const given = facts.secrets.checks.length === 0 ? "" : ` ${handedOn(facts.secrets.checks)}`;
  const base = change ? ' --base="$BELLWETHER_BASE"' : "";
  const values = secretLines(facts.secrets.checks);
  const permissions: Permissions = [
    ...reads,
    ["checks", "write", "a result for each step"],
    ...(change ? ([["pull-requests", "write", "one comment, kept up to date"]] satisfies Permissions) : []),
    ["security-events", "write", "findings to code scanning"],
  ];
  return {
    ...{ id: "checks", title: "Checks", covers: facts.checks, minutes: 60, permissions },
    outputs: { stages: expression("steps.begin.outputs.stages") },
    steps: [
      checkout,
      edge("begin", { id: "begin" }),
      call([`${dagger(facts)}${given} check${base}`], values),
      ask(`${dagger(facts)}${given} report${base} export --path="${told}"`, "!cancelled()", values),
      edge("tell-checks", {
        if: expression("!cancelled()"),
        more: { "codecov-token": expression("secrets.CODECOV_TOKEN") },
      }),
    ],
  };
}

/** Makes the images, or finds those of the same inputs, and publishes them. `next` waits for its approval afterwards. */
export function imageJob(facts: Facts, next: EnvironmentFacts | null): Job {
  const { registry } = facts;
  const permissions: Permissions = [
    ...reads,
    ["id-token", "write", "signs what GitHub attests"],
    ["attestations", "write", "keeps what it attests"],
    ...(registry === null ? [] : ([["packages", "write", "images"]] satisfies Permissions)),
    ...(next === null ? [] : ([["deployments", "write", "the page of what waits"]] satisfies Permissions)),
  ];
  return {
    ...{ id: "image", title: "Images", covers: ["image"], needs: ["checks"], minutes: 60, permissions },
    if: whereDue("checks", "image"),
    outputs: {
      images: expression("steps.told.outputs.images"),
      stages: expression("steps.begin.outputs.stages"),
    },
    steps: [
      checkout,
      edge("begin", { id: "begin", ...(registry === null ? {} : { more: { registry } }) }),
      call(
        [
          `${dagger(facts)} ${handedOn(facts.secrets.images)} publish ${event} --passed=${facts.checks.join(",")}${login(facts)} > "${told}/images.txt"`,
        ],
        secretLines(facts.secrets.images),
      ),
      edge("tell-images", { id: "told", ...(next === null ? {} : { environment: next.name }) }),
    ],
  };
}

/** Goes on where the plan says that the stage is due; the job before it has asked. */
const whereDue = (before: string, stage: string): string =>
  `contains(fromJSON(needs.${before}.outputs.stages || '[]'), '${stage}')`;

/** The same where a job before it may have had nothing to do; one that failed still stops it. */
const whereDueAnyway = (before: string, stage: string): string =>
  expression(`!failure() && !cancelled() && ${whereDue(before, stage)}`);

/** What every call that ships is told of the event. */
const event = '--event="$BELLWETHER_EVENT" --ref="$BELLWETHER_REF" --tag="$BELLWETHER_TAG"';

const login = ({ registry }: Facts): string =>
  registry === null ? "" : ' --docker-config="file:$HOME/.docker/config.json"';

/** One rollout, and what its journal says of it. */
export function deployJob(
  facts: Facts,
  environment: EnvironmentFacts,
  about: { needs: string[]; passed: string[] },
): Job {
  const { name, reviewed, signed } = environment;
  const attached = signed && name === "production";
  const secrets = [...(reviewed ? ["GITHUB_TOKEN"] : []), ...environment.secrets];
  const access = hostAccess([environment]);
  const permissions: Permissions = [
    ...reads,
    ["deployments", "write", "what happens, on the environment's page"],
    ["attestations", "read", "what GitHub attested"],
    ...(reviewed ? ([["actions", "read", "who approved this run"]] satisfies Permissions) : []),
    ...(facts.registry === null ? [] : ([["packages", "read", "images"]] satisfies Permissions)),
  ];
  const more = {
    images: expression("needs.image.outputs.images"),
    ...(facts.registry === null ? {} : { registry: facts.registry }),
    ...(attached ? { approvals: "true" } : {}),
  };
  return {
    ...{ id: name, title: titleOf(name), needs: about.needs, minutes: 180, permissions },
    if: about.needs.length > 1 ? whereDueAnyway("image", name) : whereDue("image", name),
    covers: [...(reviewed || name === "production" ? ["approval"] : []), name],
    environment: `{ name: ${name}, url: "${expression("steps.told.outputs.url")}" }`,
    steps: [
      checkout,
      edge("begin", { environment: name, more }),
      call(
        [
          `${dagger(facts)} ${handedOn(secrets)} deploy-${name} ${event} --actor="$BELLWETHER_ACTOR"`,
          `--passed=${about.passed.join(",")} --digests="$IMAGES"${attached ? ` --approval="${told}/approvals.json"` : ""}${access.argument}${login(facts)}`,
        ],
        [
          `IMAGES: "${expression("needs.image.outputs.images")}"`,
          ...secretLines([...secrets, ...access.secrets]),
        ],
      ),
      rolloutsCall(facts, `--environment=${name}`, environment.secrets, access),
      edge("tell-environment", { id: "told", if: "always()", environment: name }),
    ],
  };
}

/** Reads the environment's journal, whatever came of the call before. */
export const rolloutsCall = (
  facts: Facts,
  arguments_: string,
  secrets: string[],
  access: ReturnType<typeof hostAccess>,
): string[] =>
  ask(
    `${dagger(facts)}${secrets.length === 0 ? "" : ` ${handedOn(secrets)}`} rollout-report ${arguments_}${access.argument} export --path="${told}/rollouts.json"`,
    "always()",
    secretLines([...secrets, ...access.secrets]),
  );

/** Makes the pages of environments true, after everything else has written to them; `jobs` are what deploys to each. */
export const recordJob = (jobs: Record<string, string>): Job => ({
  ...{ id: "record", title: "Record", covers: [], needs: Object.keys(jobs), minutes: 10 },
  if: expression(
    `always() && (${Object.keys(jobs)
      .map((job) => `needs.${job}.result != 'skipped'`)
      .join(" || ")})`,
  ),
  permissions: [...reads, ["deployments", "write", "what is live, on the environment's page"]],
  steps: [
    checkout,
    edge("setup"),
    ...Object.entries(jobs).map(([job, environment]) =>
      edge("record", { environment, more: { result: expression(`needs.${job}.result`) } }),
    ),
  ],
});
