import { expect, test } from "vitest";
import type { RolloutRecord } from "../../pipeline/deploy/history.ts";
import { partyOf } from "../../pipeline/deploy/party.ts";
import { recovery } from "../../pipeline/deploy/recovery.ts";
import { resume } from "../../pipeline/deploy/resume.ts";
import { apply, begin, next } from "../../pipeline/deploy/rollout.ts";
import type { Rollout } from "../../pipeline/deploy/state.ts";
import { stepName } from "../../pipeline/deploy/strategy.ts";
import type { Observation, ObservedComponent } from "../../pipeline/deploy/target.ts";
import { sampleEnvironment, sampleRelease } from "../support/sample-release.ts";

const [older, newer] = [sampleRelease("1.0.0"), sampleRelease("1.1.0")];

type State = ObservedComponent["state"] | "absent";

const component = (state: ObservedComponent["state"]): ObservedComponent => ({
  state,
  pid: null,
  port: null,
  startedAt: null,
  end: null,
  log: [],
});

const seen = (
  weights: [stable: number, candidate: number],
  stable: State,
  candidate: State,
  live = older.id,
): Observation => ({
  releases: Object.fromEntries(
    [
      { release: older, state: stable },
      { release: newer, state: candidate },
    ].flatMap(({ release, state }) =>
      state === "absent"
        ? []
        : [[release.id, { version: release.version, placed: true, components: { api: component(state) } }]],
    ),
  ),
  weights: Object.fromEntries(
    [
      [older.id, weights[0]],
      [newer.id, weights[1]],
    ].filter(([, share]) => share !== 0),
  ),
  live,
  url: "",
});

const rollout = (strategy: "canary" | "blue-green" | "recreate" = "canary", stable = true): Rollout =>
  begin({
    id: "r1",
    cause: "deploy",
    environment: {
      ...sampleEnvironment(),
      strategy: strategy === "canary" ? sampleEnvironment().strategy : { kind: strategy },
    },
    candidate: newer,
    stable: stable ? partyOf(older) : null,
    seen: seen([100, 0], "running", "absent"),
  });

test.each<[string, Rollout, Observation, string[]]>([
  ["nothing was started", rollout(), seen([100, 0], "running", "absent"), []],
  ["no traffic had moved", rollout(), seen([100, 0], "running", "running"), ["stop"]],
  ["the candidate exited before any traffic", rollout(), seen([100, 0], "running", "exited"), ["stop"]],
  ["traffic had moved", rollout(), seen([90, 10], "running", "running"), ["shift 0 %", "drain", "stop"]],
  ["all traffic had moved", rollout(), seen([0, 100], "running", "exited"), ["shift 0 %", "drain", "stop"]],
  [
    "stable is dead, the candidate runs",
    rollout(),
    seen([90, 10], "exited", "running"),
    ["shift 100 %", "start stable api", "ready stable api", "shift 0 %", "drain", "stop"],
  ],
  [
    "both are dead",
    rollout(),
    seen([90, 10], "exited", "exited"),
    ["start stable api", "ready stable api", "shift 0 %", "drain", "stop"],
  ],
  [
    "recreate had stopped stable",
    rollout("recreate"),
    seen([0, 0], "stopped", "running"),
    ["stop", "start stable api", "ready stable api", "shift 0 %"],
  ],
  [
    "recreate had switched",
    rollout("recreate"),
    seen([0, 100], "stopped", "running"),
    ["shift nothing", "drain", "stop", "start stable api", "ready stable api", "shift 0 %"],
  ],
  [
    "recreate had only taken traffic away",
    rollout("recreate"),
    seen([0, 0], "running", "absent"),
    ["shift 0 %"],
  ],
  [
    "there was nothing before",
    rollout("canary", false),
    seen([0, 100], "absent", "running"),
    ["shift nothing", "drain", "stop"],
  ],
  [
    "a commit had got through",
    rollout(),
    seen([0, 100], "running", "running", newer.id),
    ["commit stable", "shift 0 %", "drain", "stop"],
  ],
])("the way back where %s", (_, given, observation, expected) => {
  expect(recovery(given, observation).map(stepName)).toEqual(expected);
});

test("a way back that was taken leaves nothing to do", () => {
  expect(recovery(rollout(), seen([100, 0], "running", "stopped"))).toEqual([]);
});

test("where nothing can be seen, a shift that may have happened is taken back", () => {
  let now = rollout();
  while (next(now)?.kind !== "shift") now = apply(now, { kind: "done" });
  expect(recovery(now, null).map(stepName)).toEqual(["shift 0 %", "drain", "stop"]);
});

test("a rollout is a JSON value, and a failed step turns it round", () => {
  const failure = { kind: "target-failed" as const, action: "place", reason: "disk full" };
  const turned = apply(rollout(), { kind: "failed", failure, seen: seen([100, 0], "running", "running") });
  expect(JSON.parse(JSON.stringify(turned))).toEqual(turned);
  expect(next(turned)?.kind).toBe("stop");
  expect(apply(turned, { kind: "done" })).toMatchObject({ outcome: "returned", failure });
});

test("on the way back a lost drain is noted and gone past; a lost shift is the end", () => {
  const failure = { kind: "target-failed" as const, action: "x", reason: "x" };
  let now = apply(rollout(), { kind: "failed", failure, seen: seen([90, 10], "running", "running") });
  expect(apply(now, { kind: "failed", failure, seen: null })).toMatchObject({ outcome: "recovery-failed" });
  now = apply(now, { kind: "done" });
  now = apply(now, { kind: "failed", failure, seen: null });
  expect(next(now)?.kind).toBe("stop");
  expect(apply(now, { kind: "done" })).toMatchObject({ outcome: "recovery-failed" });
});

const record = (changes: Partial<RolloutRecord> = {}): RolloutRecord => ({
  rollout: "r1",
  cause: "deploy",
  version: "1.1.0",
  release: newer.id,
  digests: [],
  stable: older.id,
  strategy: "canary",
  actor: "ada",
  tool: "1.0.0",
  approvals: [],
  beganAt: 0,
  endedAt: null,
  outcome: null,
  reason: "",
  committed: false,
  failed: false,
  commitTried: false,
  openStep: null,
  ...changes,
});

test.each<[string, RolloutRecord, Observation, string[]]>([
  ["it was in mid-canary", record(), seen([90, 10], "running", "running"), ["shift 0 %", "drain", "stop"]],
  ["the target had returned traffic", record(), seen([100, 0], "running", "running"), ["stop"]],
  ["it had committed", record(), seen([0, 100], "running", "running", newer.id), []],
  [
    "it had committed and then died",
    record(),
    seen([0, 100], "running", "exited", newer.id),
    ["start api", "ready api", "shift 100 %"],
  ],
  [
    "it had failed on the way, and a commit got through",
    record({ failed: true }),
    seen([0, 100], "running", "running", newer.id),
    ["commit stable", "shift 0 %", "drain", "stop"],
  ],
])("B2: a lost engine's rollout is brought home where %s", (_, lost, observation, expected) => {
  const parties = [partyOf(older), partyOf(newer)];
  const known = (id: string) => parties.find((one) => one.release === id) ?? partyOf(older);
  const resumed = resume(lost, observation, known);
  expect((resumed.back ?? []).map(stepName)).toEqual(expected);
});

const withFeed = (api: State, feed: State, shared: Partial<ObservedComponent>): Record<string, unknown> => ({
  ...(api === "absent" ? {} : { api: { ...component(api), ...shared } }),
  ...(feed === "absent" ? {} : { feed: component(feed) }),
});

/** api, which takes the traffic, is one process of both releases. */
const sharing = (stableFeed: State, candidateFeed: State): Observation => ({
  ...seen([0, 0], "running", "running"),
  releases: {
    [older.id]: {
      version: "1.0.0",
      placed: true,
      components: withFeed("running", stableFeed, { shared: true }),
    },
    [newer.id]: {
      version: "1.1.0",
      placed: true,
      components: withFeed("running", candidateFeed, { shared: true }),
    },
  } as Observation["releases"],
});

test("a component that two releases share is no reason to stop one of them", () => {
  expect(recovery(rollout(), { ...sharing("running", "stopped"), weights: { [older.id]: 100 } })).toEqual([]);
});

test("where recreate had stopped what stable does not share, it is started again though its front serves", () => {
  let now = rollout("recreate");
  while (next(now)?.kind !== "start") now = apply(now, { kind: "done" });
  expect(recovery(now, sharing("stopped", "exited")).map(stepName)).toContain("start stable api");
  expect(recovery(now, sharing("running", "exited")).map(stepName)).not.toContain("start stable api");
});
