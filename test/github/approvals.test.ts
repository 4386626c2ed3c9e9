import { expect, test } from "vitest";
import { approvalGate } from "../../pipeline/deploy/gates.ts";
import { githubApi } from "../../pipeline/github/api.ts";
import { reviewsOf } from "../../pipeline/github/approvals.ts";
import { rule } from "../approvals/support.ts";
import { type FakeGithub, fakeGithub } from "../support/fake-github.ts";
import { unwrap } from "../support/unwrap.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const sha = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";
const started = "2026-11-20T09:00:00Z";
const now = Date.parse(started) + 600_000;
const wanted = { app: "quotes", environment: "production", version: "1.2.3", digests: ["sha256:aa"], sha };
const asked = rule({ signers: null, recorded: false });
const reviewed = { ...asked, github: "production" };

type Review = { login: string; state?: string; environment?: string; type?: string };

async function github(reviews: Review[], author: string | null = "ada"): Promise<FakeGithub> {
  const made = await fakeGithub();
  made.runs[12] = {
    ...{ id: 12, head_sha: sha, run_started_at: started },
    actor: { login: "grace", type: "User" },
    triggering_actor: { login: "meera", type: "User" },
  };
  made.reviews[12] = reviews.map(
    ({ login, state = "approved", environment = "production", type = "User" }) => ({
      ...{ state, comment: "fine", user: { login, type } },
      environments: [{ id: 1, name: environment }],
    }),
  );
  made.commits[sha] = {
    sha,
    author: author === null ? null : { login: author, type: "User" },
    committer: { login: "web-flow", type: "User" },
  };
  return made;
}

async function decided(made: FakeGithub, about = wanted, at = now) {
  const place = { apiUrl: made.url, owner: "acme", repo: "quotes", token: made.token };
  const reviews = unwrap(
    await reviewsOf({ id: 12, api: githubApi(place, new VirtualClock()) }, about, reviewed, at),
  );
  const gate = approvalGate(reviewed, { ...about, requesters: reviews.requesters }, reviews.approvals, at);
  return {
    pass: gate.pass,
    by: gate.approvals,
    refused: gate.refused.map(({ by, reason }) => `${by}: ${reason}`),
  };
}

test("a reviewer of the run's environment approves the digests that the run deploys", async () => {
  expect(await decided(await github([{ login: "ravi" }]))).toEqual({
    pass: true,
    by: [{ by: "ravi", at: now, how: "github" }],
    refused: [],
  });
});

test.each(["grace", "meera", "ada"])("B45: %s asked for it, and does not approve it", async (login) => {
  const { pass, refused } = await decided(await github([{ login }]));
  expect(pass).toBe(false);
  expect(refused[0]).toMatch(/four eyes/);
});

test.each<[string, Review]>([
  ["a rejection", { login: "ravi", state: "rejected" }],
  ["an approval of another environment", { login: "ravi", environment: "staging" }],
])("%s is no approval", async (_what, review) => {
  expect(await decided(await github([review]))).toEqual({ pass: false, by: [], refused: [] });
});

test("a program's approval is nobody's consent", async () => {
  const { refused } = await decided(await github([{ login: "gatekeeper[bot]", type: "Bot" }]));
  expect(refused).toEqual(["gatekeeper[bot]: it is a program's, and nobody's consent"]);
});

test("an approval is of the run's own commit, and of no other release", async () => {
  const other = { ...wanted, sha: "cafe728f27ae82c7b1a177c8d03f9e96e0adf2aa" };
  const { pass, refused } = await decided(await github([{ login: "ravi" }]), other);
  expect(pass).toBe(false);
  expect(refused[0]).toBe("ravi: it is of a run for commit 6113728f27ae, not cafe728f27ae");
});

test("B29: it is good from the run's start for as long as the environment says", async () => {
  const late = Date.parse(started) + reviewed.expiresMs + 1;
  const { pass, refused } = await decided(await github([{ login: "ravi" }]), wanted, late);
  expect(pass).toBe(false);
  expect(refused[0]).toMatch(/it expired at 2026-11-20T10:00:00/);
});

test("a commit whose author GitHub does not know is approved by nobody under four eyes", async () => {
  const { pass, refused } = await decided(await github([{ login: "ravi" }], null));
  expect(pass).toBe(false);
  expect(refused[0]).toMatch(/does not know who wrote commit 6113728f27ae/);
});

test("one person who reviews twice is one approval", async () => {
  const made = await github([{ login: "ravi" }, { login: "Ravi" }]);
  expect((await decided(made)).by).toHaveLength(1);
});
