import { expect, test } from "vitest";
import { z } from "zod";
import { githubApi } from "../../pipeline/github/api.ts";
import { type FakeGithub, fakeGithub } from "../support/fake-github.ts";
import { unwrap, unwrapFailure } from "../support/unwrap.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const comment = z.object({ id: z.number(), body: z.string() });

const asking = (github: FakeGithub, answerMs = 5_000) => {
  const clock = new VirtualClock();
  const place = { apiUrl: github.url, owner: "acme", repo: "quotes", token: "ghs_fake" };
  const api = githubApi(
    place,
    { ...clock, now: () => Date.now(), monotonic: () => 0, sleep: async (ms) => void waited.push(ms) },
    {
      answerMs,
      patienceMs: 60_000,
    },
  );
  const waited: number[] = [];
  const list = (most = 1000) =>
    api.list(
      {
        what: "the comments",
        route: "GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
        parameters: { issue_number: 7 },
      },
      comment,
      most,
    );
  const write = () =>
    api.ask(
      { what: "a result", route: "POST /repos/{owner}/{repo}/check-runs", parameters: { name: "lint" } },
      z.unknown(),
    );
  return { api, list, write, waited };
};

const commented = async (count: number): Promise<FakeGithub> => {
  const github = await fakeGithub();
  for (let id = 1; id <= count; id += 1)
    github.comments.push({ id, issue: 7, body: `c${id}`, user: { type: "User" } });
  return github;
};

test("a list is read over its pages, and no further than what is wanted", async () => {
  const github = await commented(7);
  github.page = 3;
  expect(unwrap(await asking(github).list()).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(github.asked).toHaveLength(3);
  expect(unwrap(await asking(github).list(2))).toHaveLength(2);
});

test("a rate limit is waited for as GitHub says, also where it is told with 403", async () => {
  const github = await commented(1);
  const path = /comments/;
  github.faults.push({ path, how: 429, headers: { "retry-after": "7" } });
  const reset = String(Math.floor(Date.now() / 1000) + 20);
  github.faults.push({
    path,
    how: 403,
    headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset },
  });
  const { list, waited } = asking(github);
  expect(unwrap(await list())).toHaveLength(1);
  expect(waited[0]).toBe(7000);
  expect(waited[1]).toBeGreaterThan(16_000);
  expect(waited[1]).toBeLessThanOrEqual(20_000);
});

test("a limit that lasts longer than there is patience is told at once", async () => {
  const github = await commented(1);
  github.faults.push({ path: /comments/, how: 429, headers: { "retry-after": "3600" } });
  const { list, waited } = asking(github);
  expect(unwrapFailure(await list())).toEqual({
    kind: "github-down",
    what: "the comments",
    reason: "its rate limit is used up",
  });
  expect(waited).toEqual([]);
});

test.each([500, 502, "reset", "slow"] as const)(
  "what reads is asked again after %s, three times in all",
  async (how) => {
    const github = await commented(1);
    for (let times = 0; times < 2; times += 1) github.faults.push({ path: /comments/, how });
    const { list, waited } = asking(github, 200);
    expect(unwrap(await list())).toHaveLength(1);
    expect(waited).toEqual([1000, 2000]);
    for (let times = 0; times < 3; times += 1) github.faults.push({ path: /comments/, how });
    expect(unwrapFailure(await asking(github, 200).list())).toMatchObject({ kind: "github-down" });
  },
);

test.each([500, "reset"] as const)(
  "what writes is not asked again after %s: it may have been done",
  async (how) => {
    const github = await fakeGithub();
    github.faults.push({ path: /check-runs/, how });
    expect(unwrapFailure(await asking(github).write())).toMatchObject({
      kind: "github-down",
      what: "a result",
    });
    expect(github.asked).toHaveLength(1);
    github.faults.push({ path: /check-runs/, how: 429, headers: { "retry-after": "1" } });
    unwrap(await asking(github).write());
  },
);

test("a permission that the token lacks is named; a token that is none, and what is not there, are told apart", async () => {
  const github = await fakeGithub();
  github.lacks.add("checks");
  expect(unwrapFailure(await asking(github).write())).toEqual({
    kind: "github-denied",
    what: "a result",
    status: 403,
    permission: "checks: write",
  });
  const { api } = asking(github);
  const run = {
    what: "run 1",
    route: "GET /repos/{owner}/{repo}/actions/runs/{run_id}",
    parameters: { run_id: 1 },
  };
  expect(unwrapFailure(await api.ask(run, z.unknown()))).toMatchObject({ status: 404, permission: null });
  github.token = "another";
  expect(unwrapFailure(await api.ask(run, z.unknown()))).toMatchObject({
    kind: "github-denied",
    status: 401,
  });
});

test("an answer of another form is no answer", async () => {
  const github = await fakeGithub();
  github.runs[1] = { id: "one" };
  const { api } = asking(github);
  const run = {
    what: "run 1",
    route: "GET /repos/{owner}/{repo}/actions/runs/{run_id}",
    parameters: { run_id: 1 },
  };
  expect(unwrapFailure(await api.ask(run, z.object({ id: z.number() })))).toMatchObject({
    kind: "github-down",
    reason: expect.stringMatching(/not of the form that is known: id/),
  });
});
