import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Finding, noEvidence } from "../../pipeline/evidence.ts";
import { reportOf } from "../../pipeline/report/fold.ts";
import { inOrder } from "../../pipeline/report/in-order.ts";
import type { Report } from "../../pipeline/report/report.ts";
import { edgePlace } from "../support/edge.ts";
import { returnedRelease } from "../support/sample-events.ts";

const payload = async (name: string) =>
  JSON.parse(await readFile(new URL(`events/${name}.json`, import.meta.url), "utf8"));

const finding = (at: number, changes: Partial<Finding> = {}): Finding => ({
  ...{ tool: "ruff", rule: `F${at}`, level: "error", severity: null, message: `name ${at} is not used` },
  ...{ path: `app/file${at}.py`, line: at + 1, column: 3, help: null, excerpt: null, dependency: null },
  fingerprint: String(at),
  ...changes,
});

/** A report of one linter and one test run. */
function checked(findings: Finding[], output = ""): Report {
  const report = reportOf(returnedRelease());
  const [lint] = report.stages.filter(({ id }) => id === "lint");
  if (lint === undefined) throw new Error("there is no lint");
  lint.outcome = "failed";
  lint.steps = [
    {
      ...{
        id: "lint:ruff",
        title: "ruff",
        outcome: "failed",
        reason: null,
        cached: false,
        ms: 12,
        notes: [],
      },
      evidence: {
        ...noEvidence(),
        ...{ findings, linter: "ruff" },
        tests: {
          ...{ total: 2, passed: 1, failed: 1, skipped: 0, ms: 900, slowest: [] },
          failures: [
            {
              ...{
                suite: "quotes",
                name: "rounds to the cent",
                file: "test/quotes.py",
                outcome: "failed",
                ms: 3,
              },
              ...{ message: "expected 1.25, got 1.249", output },
            },
          ],
        },
      },
    },
  ];
  report.stages = inOrder([lint], [{ id: "lint", needs: [] }]);
  return report;
}

async function told(report: Report, event = "pull-request", output = "") {
  const place = await edgePlace("pull_request", await payload(event));
  await mkdir(join(place.told, "steps/lint/ruff"), { recursive: true });
  await writeFile(join(place.told, "report.json"), JSON.stringify(report));
  await writeFile(join(place.told, "steps/lint/ruff/output.txt"), output);
  return { place, done: await place.run("tell-checks") };
}

test("findings stand at their file and line, ten of a type at most; the rest is in the summary", async () => {
  const { done } = await told(checked(Array.from({ length: 14 }, (_one, at) => finding(at))));
  expect(done.code).toBe(0);
  const errors = done.log.split("\n").filter((line) => line.startsWith("::error "));
  expect(errors).toHaveLength(10);
  expect(errors[0]).toContain("title=quotes › rounds to the cent,file=test/quotes.py");
  expect(errors[1]).toBe("::error title=ruff%3A F0,file=app/file0.py,line=1,col=3::name 0 is not used");
  expect(done.log).toContain("more are in the summary");
  for (const at of [0, 13]) expect(done.summary).toContain(`\`app/file${at}.py:${at + 1}\``);
});

test("what a failed step printed is shown as it is: a command to the runner in it is none", async () => {
  const { done } = await told(
    checked([]),
    "pull-request",
    "checking\n::set-output name=version::9.9.9\n::error::gone\n",
  );
  const lines = done.log.split("\n");
  const stop = lines.findIndex((line) => line.startsWith("::stop-commands::"));
  const token = lines[stop]?.slice("::stop-commands::".length);
  const end = lines.indexOf(`::${token}::`);
  expect(stop).toBeGreaterThan(0);
  for (const line of ["::set-output name=version::9.9.9", "::error::gone"]) {
    expect(lines.indexOf(line)).toBeGreaterThan(stop);
    expect(lines.lastIndexOf(line)).toBeLessThan(end);
  }
  expect(lines.slice(0, stop)).toContain("::group::Lint: failed");
});

test("a summary over 1 MB leaves out whole parts and names them; a comment stays below GitHub's limit", async () => {
  const { place, done } = await told(checked([finding(1)], "x".repeat(1_200_000)));
  expect(Buffer.byteLength(done.summary)).toBeLessThan(1_000_000);
  expect(done.summary).toContain("Too long for this page: Tests and Findings");
  expect(place.github.comments[0]?.body.length).toBeLessThan(65_536);
});

test("words of the code under test cannot become markup, links or mentions", async () => {
  const evil = "<img src=x onerror=a> [click](https://evil.example) @acme/everyone | `rm` **b** \u202e";
  const { place, done } = await told(checked([finding(1, { message: evil })]));
  for (const text of [done.summary, place.github.comments[0]?.body ?? ""]) {
    expect(text).not.toContain("<img");
    expect(text).not.toContain("[click]");
    expect(text).not.toMatch(/@acme/);
    expect(text).not.toContain("https://evil");
    expect(text).not.toContain("\u202e");
  }
});

test("the comment is one, written again only where it changes, and nobody else's is touched", async () => {
  const { place } = await told(checked([finding(1)]));
  place.github.comments.unshift({
    id: 1,
    issue: 7,
    body: "<!-- bellwether --> quoted",
    user: { type: "User" },
  });
  await place.run("tell-checks");
  expect(place.github.comments.map(({ id }) => id)).toHaveLength(2);
  expect(
    place.github.asked.filter(({ method, path }) => method === "PATCH" && /comments/.test(path)),
  ).toEqual([]);
  await writeFile(join(place.told, "report.json"), JSON.stringify(checked([finding(2)])));
  await place.run("tell-checks");
  expect(place.github.comments).toHaveLength(2);
  expect(place.github.comments[1]?.body).toContain("`F2`");
});

test("a token without a permission: which one is missing is said, and the verdict stays the call's", async () => {
  const place = await edgePlace("pull_request", await payload("pull-request"));
  await mkdir(place.told, { recursive: true });
  await writeFile(join(place.told, "report.json"), JSON.stringify(checked([])));
  place.github.lacks.add("checks").add("pull_requests");
  const done = await place.run("tell-checks");
  expect(done.code).toBe(0);
  expect(done.log).toContain("permission `checks: write` in its workflow");
  expect(done.log).toContain("permission `pull_requests: read` in its workflow");
});

test("without a report nothing is said to have passed", async () => {
  const place = await edgePlace("pull_request", await payload("pull-request"));
  const done = await place.run("tell-checks");
  expect(done.log).toMatch(/^::error::there is no .*report\.json/m);
  expect([done.summary, done.outputs.outcome]).toEqual(["", undefined]);
  await mkdir(place.told, { recursive: true });
  await writeFile(join(place.told, "report.json"), '{ "format": 1, "outcome": "passed" }');
  expect((await place.run("tell-checks")).code).toBe(1);
});

test("begin gives the calls their context as variables and outputs, a list of variables among them", async () => {
  const place = await edgePlace("workflow_dispatch", await payload("dispatch-rollback"));
  const done = await place.run("begin", "", { GITHUB_WORKFLOW_REF: 'acme/quotes/x.yml@refs/heads/a,"b"' });
  expect(done.code, done.log).toBe(0);
  expect(done.exported).toMatchObject({
    ...{ BELLWETHER_EVENT: "dispatch", BELLWETHER_ENVIRONMENT: "production", BELLWETHER_TO: "" },
    ...{ BELLWETHER_REASON: "prices stand still", BELLWETHER_TAG: "", BELLWETHER_ACTOR: "ada" },
    BELLWETHER_TOLD: place.told,
  });
  expect(done.outputs).toMatchObject({ event: "dispatch", environment: "production", trusted: "true" });
  expect(done.exported.BELLWETHER_VARIABLES).toContain(
    '"GITHUB_WORKFLOW_REF=acme/quotes/x.yml@refs/heads/a,""b"""',
  );
  expect(done.exported.BELLWETHER_VARIABLES).not.toContain("GITHUB_TOKEN");
  expect(done.log).toContain("::add-mask::ghs_fake");
  expect(done.log.replaceAll("::add-mask::ghs_fake", "")).not.toContain("ghs_fake");
  expect(done.log).not.toContain("::debug::");
  expect((await place.run("begin", "", { RUNNER_DEBUG: "1" })).log).toContain("::debug::");
});

test.each<[string, string, object | string | null, string]>([
  [
    "a tag that is no version",
    "release",
    { action: "published", release: { tag_name: "summer", prerelease: false } },
    "summer",
  ],
  ["a payload that is not JSON", "push", "{", "a payload that cannot be read"],
  ["no payload", "push", null, "a payload that cannot be read"],
])("begin ends with the words for %s", async (_what, name, event, words) => {
  const place = await edgePlace(name, event);
  const done = await place.run("begin");
  expect(done.code).toBe(1);
  expect(done.log).toMatch(/^::error::/m);
  expect(done.log).toContain(words);
  expect(done.exported).toEqual({});
});

test("addresses of images become outputs and subjects; what is none is refused", async () => {
  const place = await edgePlace("push", await payload("push"));
  await mkdir(place.told, { recursive: true });
  const digest = `sha256:${"ab".repeat(32)}`;
  await writeFile(join(place.told, "images.txt"), `registry.example/api@${digest}\n`);
  const done = await place.run("tell-images");
  expect(done.outputs.images).toBe(`registry.example/api@${digest}`);
  expect(await readFile(join(place.told, "subjects.txt"), "utf8")).toBe(
    `${"ab".repeat(32)}  registry.example/api\n`,
  );
  await writeFile(join(place.told, "images.txt"), "registry.example/api:latest\n");
  expect((await place.run("tell-images")).code).toBe(1);
});

test("an environment's page is not a verdict: where GitHub is down the step ends well and says so", async () => {
  const place = await edgePlace("release", await payload("release"));
  for (let times = 0; times < 3; times += 1) place.github.faults.push({ path: /deployments/, how: 503 });
  const done = await place.run("record", "production");
  expect(done.code).toBe(0);
  expect(done.log).toContain("::warning::");
  expect(done.log).toContain("The next run mends the page.");
});

test("an unknown step is an error of the workflow", async () => {
  const place = await edgePlace("push", await payload("push"));
  const done = await place.run("tell-everything");
  expect(done.code).not.toBe(0);
  expect(done.log).toContain("expected one of begin, tell-checks");
});
