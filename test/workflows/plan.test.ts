import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";
import type { Config } from "../../pipeline/config/config.ts";
import type { Context } from "../../pipeline/context/context.ts";
import { engineVersion } from "../../pipeline/executors/dagger/engine-version.ts";
import { factsOf } from "../../pipeline/init/workflows/facts.ts";
import { workflowFiles } from "../../pipeline/init/workflows/files.ts";
import type { Plan } from "../../pipeline/plan/plan.ts";
import { makePlan, rollbackPlan } from "../../pipeline/plan/plan-for.ts";
import { rollback } from "../../pipeline/stages/rollback.ts";
import { configOf } from "../config/support.ts";
import { scanModule } from "../support/module-scan.ts";
import { smallConfig } from "../support/system.ts";
import { unwrap } from "../support/unwrap.ts";
import type { JobSource, WorkflowSource } from "../support/workflows/runner.ts";

const own = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const read = (path: string) => readFile(own(path), "utf8");

/** A system with all that a configuration may ask of a workflow. */
const large = `${smallConfig
  .replace("unit: node --check service/server.mjs", "unit: { run: node --check x, secrets: [TEST_KEY] }")
  .replace("registry.example/small", "ghcr.io/acme/small")
  .replace(
    "on: release\n",
    "on: release\n    target: { systemd: { hosts: [deploy@web-1, deploy@web-2], sudo: true, known-hosts: known_hosts } }\n",
  )
  .replace("approval: { required: 1 }", "approval: { required: 1, signers: signers, github: production }")
  .replace("env: { PORT", "secrets: [BROKER_KEY]\n    env: { PORT")}
    notify: { slack: { url: { from: env, name: SLACK_WEBHOOK } } }
secrets:
  TEST_KEY: { from: env }
  BROKER_KEY: { from: env }
`;

const tool = { repository: "acme/bellwether", commit: "4d9a1e3b8f6c27d05b1e9a7c3f2d8e6b4a0c5d71" };

const rootConfig = async (): Promise<Config> => configOf(await read("bellwether.yaml"));

const made = async (): Promise<[name: string, config: Config, files: Record<string, string>][]> => {
  const of = (config: Config, from: typeof tool | null) =>
    workflowFiles(factsOf(config, from, engineVersion));
  const [root, small, big] = [await rootConfig(), configOf(smallConfig), configOf(large)];
  return [
    ["ours", root, of(root, null)],
    ["a small system's", small, of(small, tool)],
    ["a large system's", big, of(big, tool)],
  ];
};

const isWorkflow = (path: string): boolean => path.startsWith(".github/workflows/");

test("what stands in this repository is what init --github makes of its configuration", async () => {
  const [[, , files] = ["", null, {}]] = await made();
  for (const [path, text] of Object.entries(files)) expect([path, await read(path)]).toEqual([path, text]);
});

test("a workflow has at most 80 lines, allows nothing by itself, and every job says why it may do what it may", async () => {
  for (const [name, , files] of await made())
    for (const [path, text] of Object.entries(files).filter(([each]) => isWorkflow(each))) {
      expect([name, path, text.split("\n").length <= 81]).toEqual([name, path, true]);
      const workflow: WorkflowSource & { permissions: unknown } = parse(text);
      expect(workflow.permissions).toEqual({});
      for (const [id, job] of Object.entries(workflow.jobs)) {
        const [line = "", reasons = ""] =
          /permissions: \{.*\} # (.*)/.exec(text.slice(text.indexOf(`  ${id}:`))) ?? [];
        expect([path, id, reasons.split("; ").length]).toEqual([
          path,
          id,
          Object.keys(job.permissions ?? {}).length,
        ]);
        expect(line).not.toBe("");
      }
    }
});

test("every action of others is pinned to a commit, no token stays in a checkout, no text is put into a shell line", async () => {
  for (const [, , files] of await made())
    for (const [path, text] of Object.entries(files)) {
      for (const [, uses = ""] of text.matchAll(/uses: ([^\s,]+)/g))
        expect([path, uses]).toEqual([
          path,
          expect.stringMatching(/^(?:\.\/\.github\/|[\w./-]+@[0-9a-f]{40}$)/),
        ]);
      expect(text.match(/actions\/checkout@/g)?.length ?? 0).toBe(
        text.match(/persist-credentials: false/g)?.length ?? 0,
      );
      for (const run of runsOf(parse(text)))
        expect([path, run]).toEqual([path, expect.not.stringContaining("${{")]);
    }
});

/** Every line that a shell is given. */
function runsOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = "run" in value && typeof value.run === "string" ? [value.run] : [];
  return [...own, ...Object.values(value).flatMap(runsOf)];
}

const context = (changes: Partial<Context>): Context => ({
  ...{ event: "push", ref: "refs/heads/develop", branch: "develop", tag: null, sha: "a".repeat(40) },
  ...{ committedAt: 0, dirty: false, actor: "ada", time: 0, version: "1.0.0" },
  ...changes,
});

const released = context({ event: "release", ref: "refs/tags/v1.0.0", branch: null, tag: "v1.0.0" });

/** The stages that a job says it covers. */
const coveredBy = (text: string, id: string): string[] => {
  const said = new RegExp(`^  ${id}: # stages: (.*)$`, "m").exec(text)?.[1];
  return said?.split(", ") ?? [];
};

/** Null: a rollback, which needs an environment. */
const planned = (config: Config, on: Context | null): Pick<Plan, "stages"> =>
  on !== null
    ? unwrap(makePlan(config, on))
    : config.environments.production === undefined
      ? { stages: [rollback("production", null)] }
      : unwrap(rollbackPlan(config, context({}), "production", null));

test.each([
  ["ci.yml", context({})],
  ["release.yml", released],
  ["rollback.yml", null],
] as const)("the jobs of %s are the plan's stages, drawn together", async (file, on) => {
  for (const [name, config, files] of await made()) {
    const text = files[`.github/workflows/${file}`] ?? "";
    const { jobs }: WorkflowSource = parse(text);
    const plan = planned(config, on);
    const jobOf = (stage: string) => Object.keys(jobs).find((id) => coveredBy(text, id).includes(stage));
    const checks = ["lint", "security-scan", "unit-test", "integration-test"];
    const stages = plan.stages.filter(({ id, due }) => due || (on !== null && checks.includes(id)));
    expect([name, stages.map(({ id }) => jobOf(id)).filter((id) => id === undefined)]).toEqual([name, []]);
    const edges = stages.flatMap(({ id, needs }) =>
      needs
        .filter((need) => stages.some((each) => each.id === need))
        .map((need) => `${jobOf(need)} → ${jobOf(id)}`),
    );
    const drawn = [...new Set(edges)].filter((edge) => new Set(edge.split(" → ")).size === 2);
    const needed = Object.entries(jobs)
      .flatMap(([id, { needs = [] }]) => needs.map((need) => [need, id]))
      .filter((pair) => pair.every((id) => stages.some((stage) => jobOf(stage.id) === id)))
      .map((pair) => pair.join(" → "));
    expect([name, needed.sort()]).toEqual([name, drawn.sort()]);
  }
});

test("what a call leaves out as passed is what the jobs before it cover", async () => {
  for (const [name, , files] of await made())
    for (const file of ["ci.yml", "release.yml"]) {
      const text = files[`.github/workflows/${file}`] ?? "";
      const { jobs }: WorkflowSource = parse(text);
      for (const [id, job] of Object.entries(jobs)) {
        const passed = runsOf(job).flatMap((run) => /--passed=(\S+)/.exec(run)?.[1]?.split(",") ?? []);
        if (passed.length === 0) continue;
        const before = ancestors(jobs, id).flatMap((each) => coveredBy(text, each));
        expect([name, file, id, passed.sort()]).toEqual([name, file, id, before.sort()]);
      }
    }
});

function ancestors(jobs: Record<string, JobSource>, id: string): string[] {
  const direct = jobs[id]?.needs ?? [];
  return [...new Set([...direct, ...direct.flatMap((need) => ancestors(jobs, need))])];
}

test("every function that is called is in the module, with every argument that it is given", async () => {
  const { objects } = await scanModule();
  const { constructor: builder, methods } = objects.Bellwether ?? {
    constructor: { arguments: {} },
    methods: {},
  };
  const dashed = (text: string) => text.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const functions = new Map(Object.values(methods).map((one) => [dashed(one.name), one]));
  const flagsOf = (named: Record<string, { name: string }>) =>
    Object.values(named).map((each) => dashed(each.name));
  let seen = 0;
  for (const [name, , files] of await made())
    for (const [path, text] of Object.entries(files).filter(([each]) => isWorkflow(each)))
      for (const run of runsOf(parse(text)).filter((each) => each.startsWith("dagger"))) {
        const line = run.replace(/ -m \S+/, "");
        const words = line.slice(line.indexOf(" call ") + 6).split(/\s+(?=--|[a-z])/);
        const at = words.findIndex((word) => !word.startsWith("--"));
        const called = functions.get(words[at] ?? "");
        expect([name, path, words[at], called !== undefined]).toEqual([name, path, words[at], true]);
        const [before, after] = [words.slice(0, at), words.slice(at + 1)];
        const flag = (word: string) => /^--([a-z-]+)/.exec(word)?.[1] ?? "";
        const end = after.indexOf("export");
        const own = (end < 0 ? after : after.slice(0, end)).filter((word) => word.startsWith("--"));
        expect(flagsOf(builder.arguments)).toEqual(expect.arrayContaining(before.map(flag)));
        expect(flagsOf(called?.arguments ?? {})).toEqual(expect.arrayContaining(own.map(flag)));
        seen += 1;
      }
  expect(seen).toBeGreaterThan(20);
});

test("every secret is in the configuration, and only jobs and steps that need one have it", async () => {
  for (const [name, config, files] of await made()) {
    const known = [...Object.keys(config.secrets), "SLACK_WEBHOOK", "CODECOV_TOKEN", "SSH_KEY"];
    for (const [path, text] of Object.entries(files)) {
      const used = [...text.matchAll(/secrets\.(\w+)/g)].map(([, secret = ""]) => secret);
      expect([name, path, used.filter((secret) => !known.includes(secret))]).toEqual([name, path, []]);
      const workflow: WorkflowSource = isWorkflow(path) ? parse(text) : { jobs: {} };
      expect(JSON.stringify(workflow.env ?? {})).not.toContain("secrets.");
      for (const job of Object.values(workflow.jobs)) {
        expect(JSON.stringify(job.env ?? {})).not.toContain("secrets.");
        // What an environment needs is a secret of the environment: its job names one.
        if (/secrets\.(?:BROKER_KEY|SLACK_WEBHOOK|SSH_KEY)/.test(JSON.stringify(job)))
          expect(job.environment).toBeDefined();
      }
    }
    if (name !== "a large system's") continue;
    expect(files[".github/workflows/release.yml"]).toContain(
      "--secret-names=GITHUB_TOKEN,BROKER_KEY,SLACK_WEBHOOK",
    );
    expect(files[".github/workflows/ci.yml"]).toContain('TEST_KEY: "${{ secrets.TEST_KEY }}"');
    expect(files[".github/workflows/ci.yml"]).toContain("packages: write");
  }
});

test("hosts are reached with the key of their environment, and nobody else has it", async () => {
  const [ours, , large] = await made();
  const keys = (text = "") => [...text.matchAll(/--ssh-key=env:SSH_KEY/g)].length;
  for (const text of Object.values(ours?.[2] ?? {})) expect(text).not.toContain("SSH_KEY");
  const files = large?.[2] ?? {};
  // The deploy and the look at its journal; staging runs on its own machine.
  expect(keys(files[".github/workflows/release.yml"])).toBe(2);
  expect(keys(files[".github/workflows/rollback.yml"])).toBe(2);
  expect(keys(files[".github/workflows/ci.yml"])).toBe(0);
  const release: WorkflowSource = parse(files[".github/workflows/release.yml"] ?? "");
  const having = Object.entries(release.jobs).filter(([, job]) => JSON.stringify(job).includes("SSH_KEY"));
  expect(having.map(([name]) => name)).toEqual(["production"]);
});

test("a job goes on where the plan says that its stage is due, and nowhere is that written a second time", async () => {
  for (const [name, , files] of await made())
    for (const file of ["ci.yml", "release.yml"]) {
      const { jobs }: WorkflowSource = parse(files[`.github/workflows/${file}`] ?? "");
      for (const id of ["image", "staging", "production"].filter((each) => jobs[each] !== undefined))
        expect([name, file, jobs[id]?.if]).toEqual([
          ...[name, file],
          expect.stringMatching(
            new RegExp(`contains\\(fromJSON\\(needs\\.\\w+\\.outputs\\.stages .*'${id}'\\)`),
          ),
        ]);
    }
});
