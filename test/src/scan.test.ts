import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { type Returned, type Scanned, scanModule } from "../support/module-scan.ts";

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

let scanned: Scanned;

const returnedBy = ({ kind, name }: Returned) => (kind === "OBJECT_KIND" ? name : kind);

beforeAll(async () => {
  scanned = await scanModule();
});

test("the engine's own scanner finds one object with the functions of the design, all described", () => {
  expect(Object.keys(scanned.objects)).toEqual(["Bellwether"]);
  const methods = Object.values(scanned.objects.Bellwether?.methods ?? {});
  expect(Object.fromEntries(methods.map(({ name, returnType }) => [name, returnedBy(returnType)]))).toEqual({
    plan: "STRING_KIND",
    lint: "STRING_KIND",
    securityScan: "STRING_KIND",
    unitTest: "STRING_KIND",
    integrationTest: "STRING_KIND",
    check: "STRING_KIND",
    report: "Directory",
    build: "File",
    sbom: "File",
    image: "Container",
    publish: "STRING_KIND",
    deployStaging: "STRING_KIND",
    deployProduction: "STRING_KIND",
    rollback: "STRING_KIND",
    rolloutReport: "File",
    status: "STRING_KIND",
    service: "Service",
  });
  for (const { name, description } of methods)
    expect([name, description]).toEqual([name, expect.stringMatching(/\w/)]);
  expect(scanned.description).toMatch(/\w/);
});

test("every parameter is described, and only an environment that nothing stands for is required", () => {
  const required: string[] = [];
  for (const { name, arguments: all } of Object.values(scanned.objects.Bellwether?.methods ?? {}))
    for (const each of Object.values(all)) {
      const where = `${name} ${each.name}`;
      expect([where, each.description]).toEqual([where, expect.stringMatching(/\w/)]);
      if (!each.isOptional && each.defaultValue === undefined) required.push(where);
    }
  expect(required).toEqual(["rollback environment", "rolloutReport environment"]);
});

test("checks are those that dagger check runs, and effects are never answered from the cache", () => {
  const source = readFileSync(at("pipeline/src/index.ts"), "utf8");
  const decorated = [...source.matchAll(/((?:@\w+\([^)]*\)\s+)+)async (\w+)\(/g)];
  const named = (pattern: RegExp) =>
    decorated.filter(([, how = ""]) => pattern.test(how)).map(([, , name]) => name);
  expect(named(/@check\(\)/)).toEqual(["lint", "securityScan", "unitTest", "integrationTest", "check"]);
  expect(named(/cache: "never"/)).toEqual([
    ...["publish", "deployStaging", "deployProduction", "rollback", "rolloutReport", "status", "service"],
  ]);
  expect(named(/cache: "24h"/)).toEqual(["securityScan", "check", "report"]);
});

test("the constructor takes the repository's files without git's own, and git itself, by default", () => {
  const { source, git } = scanned.objects.Bellwether?.constructor.arguments ?? {};
  expect(source).toMatchObject({
    defaultPath: "/",
    ignore: expect.arrayContaining(["**/.git", "**/node_modules"]),
  });
  expect(git).toMatchObject({ defaultPath: "/" });
  expect(source?.description).toMatch(/bellwether\.yaml/);
  expect(git?.description).toMatch(/\w/);
});

test("what the constructor is given is kept between calls", () => {
  expect(Object.keys(scanned.objects.Bellwether?.properties ?? {})).toEqual([
    ...["source", "git", "config", "images", "variables", "secretNames", "secrets"],
  ]);
});

test("the events have the words that the command line takes", () => {
  expect(Object.keys(scanned.enums.PipelineEvent?.values ?? {})).toEqual([
    "push",
    "pull_request",
    "release",
    "dispatch",
    "schedule",
    "local",
  ]);
});
