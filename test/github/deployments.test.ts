import { expect, test } from "vitest";
import { githubApi } from "../../pipeline/github/api.ts";
import { announce, record } from "../../pipeline/github/deployments.ts";
import {
  type JournalledRollout,
  type RolloutsReport,
  rolloutsFormat,
} from "../../pipeline/report/journal-report.ts";
import { freshRollout } from "../../pipeline/report/rollout-report.ts";
import { type FakeGithub, fakeGithub } from "../support/fake-github.ts";
import { unwrap, unwrapFailure } from "../support/unwrap.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const began = Date.parse("2026-11-20T09:00:00Z");
const link = "https://github.com/acme/quotes/actions/runs/12";

const rollout = (
  version: string,
  minute: number,
  changes: Partial<JournalledRollout> = {},
): JournalledRollout => ({
  ...freshRollout(),
  ...{ environment: "production", version, stable: null, strategy: "canary", outcome: "completed" },
  ...{ rollout: `r-${version}-${minute}`, cause: "deploy", why: null, actor: "ada", revision: null },
  ...{ digests: ["sha256:aa"], approvals: [] },
  ...{ beganAt: began + minute * 60_000, endedAt: began + (minute + 1) * 60_000 },
  ...changes,
});

const report = (live: string | null, ...rollouts: JournalledRollout[]): RolloutsReport => ({
  ...{ format: rolloutsFormat, app: "quotes", environment: "production", rollouts },
  live: live === null ? null : { version: live, url: "https://quotes.example" },
  journal: { sequence: rollouts.length, hash: "a" },
});

async function page() {
  const github = await fakeGithub();
  github.refs.add("v1.0.0").add("v1.1.0").add("v1.2.0").add("c0ffee1");
  const api = githubApi(
    { apiUrl: github.url, owner: "acme", repo: "quotes", token: github.token },
    new VirtualClock(),
  );
  const tell = (told: RolloutsReport | null, run = 12, well = false) =>
    record(api, "production", told, { run, link, well });
  const wait = (version: string, state: "queued" | "in_progress", run = 12, sha = version) => {
    github.now = () => new Date(began);
    return announce(api, { environment: "production", version, sha: `v${sha}`, run, link, state });
  };
  return { github, tell, wait };
}

const statesOf = (github: FakeGithub) => github.states("production");

test("a release is queued while it waits, in progress while it is rolled out, and then live at its address", async () => {
  const { github, tell, wait } = await page();
  unwrap(await wait("1.0.0", "queued"));
  expect(statesOf(github)).toEqual(["v1.0.0: queued"]);
  unwrap(await wait("1.0.0", "in_progress"));
  expect(statesOf(github)).toEqual(["v1.0.0: in_progress"]);
  unwrap(await tell(report("1.0.0", rollout("1.0.0", 1))));
  expect(statesOf(github)).toEqual(["v1.0.0: success"]);
  const last = github.deployments[0]?.statuses.at(-1);
  expect(last).toMatchObject({ environment_url: "https://quotes.example", log_url: link });
});

test("told twice it writes nothing the second time", async () => {
  const { github, tell } = await page();
  expect(unwrap(await tell(report("1.0.0", rollout("1.0.0", 1))))).toBe(1);
  expect(unwrap(await tell(report("1.0.0", rollout("1.0.0", 1))))).toBe(0);
  expect(statesOf(github)).toEqual(["v1.0.0: success"]);
});

test("the release before is inactive, and a canary that went back is a failure beside it", async () => {
  const { github, tell, wait } = await page();
  unwrap(await tell(report("1.0.0", rollout("1.0.0", 1))));
  const two = [rollout("1.0.0", 1), rollout("1.1.0", 10)];
  unwrap(await tell(report("1.1.0", ...two)));
  expect(statesOf(github)).toEqual(["v1.0.0: inactive", "v1.1.0: success"]);
  unwrap(await wait("1.2.0", "in_progress", 13));
  const returned = rollout("1.2.0", 20, { outcome: "returned", reason: "p95 410 ms, stable 8 ms" });
  unwrap(await tell(report("1.1.0", ...two, returned), 13));
  expect(statesOf(github)).toEqual(["v1.0.0: inactive", "v1.1.0: success", "v1.2.0: failure"]);
  expect(github.deployments[2]?.statuses.at(-1)?.description).toMatch(/p95 410 ms/);
});

test("a rollback is a deployment of the release that is live again, also where GitHub says something else by itself", async () => {
  const { github, tell } = await page();
  const two = [rollout("1.0.0", 1), rollout("1.1.0", 10)];
  unwrap(await tell(report("1.1.0", ...two)));
  // The job of the rollback names an environment: GitHub takes the workflow's own branch for what was deployed.
  github.deployed("production", "main", "success");
  const back = rollout("1.0.0", 20, { cause: "rollback", why: "prices stand still", revision: "c0ffee1" });
  unwrap(await tell(report("1.0.0", ...two, back), 14));
  expect(statesOf(github)).toEqual([
    "v1.0.0: inactive",
    "v1.1.0: inactive",
    "main: inactive",
    "v1.0.0: success",
  ]);
  expect(github.deployments[3]?.statuses.at(-1)?.description).toBe(
    "1.0.0, rollback by ada: completed (prices stand still)",
  );
});

test("a rollback is no page of the run that once announced the version, however long ago that was", async () => {
  const { github, tell, wait } = await page();
  unwrap(await wait("1.0.0", "in_progress", 1));
  const back = rollout("1.0.0", 60, { cause: "rollback" });
  unwrap(await tell(report("1.0.0", rollout("1.1.0", 50), back), 2));
  expect(statesOf(github)).toEqual(["v1.0.0: failure", "v1.1.0: inactive", "v1.0.0: success"]);
});

test("what a person deployed by other means is left as it is", async () => {
  const { github, tell } = await page();
  const own = github.deployed("production", "main", "success");
  own.creator.login = "ada";
  unwrap(await tell(report("1.0.0", rollout("1.0.0", 1))));
  expect(statesOf(github)).toEqual(["main: success", "v1.0.0: success"]);
});

test("what was announced and never began has failed; of another run it stays", async () => {
  const { github, tell, wait } = await page();
  unwrap(await wait("1.1.0", "queued", 12));
  unwrap(await wait("1.2.0", "queued", 13));
  unwrap(await tell(null));
  expect(statesOf(github)).toEqual(["v1.1.0: failure", "v1.2.0: queued"]);
});

test("a run that was killed before it could say how it ended is told as failed once a later rollout has its end", async () => {
  const { github, tell, wait } = await page();
  unwrap(await wait("1.2.0", "in_progress", 13));
  unwrap(await tell(report("1.0.0", rollout("1.0.0", -10)), 14));
  expect(statesOf(github)).toEqual(["v1.2.0: in_progress", "v1.0.0: success"]);
  unwrap(await tell(report("1.1.0", rollout("1.0.0", -10), rollout("1.1.0", 10)), 15));
  expect(statesOf(github)).toEqual(["v1.2.0: failure", "v1.0.0: inactive", "v1.1.0: success"]);
});

test("what there was no need to deploy is told as inactive, and not as a failure", async () => {
  const { github, tell, wait } = await page();
  unwrap(await wait("1.1.0", "in_progress"));
  unwrap(await tell(report("1.0.0", rollout("1.0.0", 1)), 12, true));
  expect(statesOf(github)).toEqual(["v1.1.0: inactive", "v1.0.0: success"]);
});

test("a release of a branch is found by its commit", async () => {
  const { github, tell } = await page();
  unwrap(await tell(report("0.0.0-develop.7+c0ffee1", rollout("0.0.0-develop.7+c0ffee1", 1))));
  expect(statesOf(github)).toEqual(["c0ffee1: success"]);
});

test("a page that missed a deploy, because GitHub was down, is mended by the next one", async () => {
  const { github, tell, wait } = await page();
  github.faults.push({ path: /POST .*deployments/, how: 502 });
  expect(unwrapFailure(await wait("1.0.0", "in_progress"))).toMatchObject({ kind: "github-down" });
  github.faults.push({ path: /POST .*deployments/, how: 502 });
  expect(unwrapFailure(await tell(report("1.0.0", rollout("1.0.0", 1)))).kind).toBe("github-down");
  unwrap(await tell(report("1.1.0", rollout("1.0.0", 1), rollout("1.1.0", 10)), 13));
  expect(statesOf(github)).toEqual(["v1.0.0: inactive", "v1.1.0: success"]);
});

test("a token without the permission is told which one it lacks, and no second ref is tried", async () => {
  const { github, tell } = await page();
  github.lacks.add("deployments");
  expect(unwrapFailure(await tell(report("1.0.0", rollout("1.0.0", 1))))).toMatchObject({
    kind: "github-denied",
    permission: "deployments: read",
  });
  expect(github.asked).toHaveLength(1);
});
