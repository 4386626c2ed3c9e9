import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

type Named = { name: string; description: string };
type Argument = Named & {
  isOptional: boolean;
  defaultValue?: unknown;
  defaultPath?: string;
  ignore?: string[];
};
type Method = Named & { arguments: Record<string, Argument>; returnType: Returned };
type Returned = { kind: string; name?: string };
type Scanned = {
  description: string;
  objects: Record<
    string,
    { constructor: Method; methods: Record<string, Method>; properties: Record<string, Named> }
  >;
  enums: Record<string, { values: Record<string, Named> }>;
};
type Scanner = { scan(files: string[], module: string, load: boolean): Promise<object> };

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const directory = mkdtempSync(join(tmpdir(), "bellwether-scan-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let scanned: Scanned;

const returnedBy = ({ kind, name }: Returned) => (kind === "OBJECT_KIND" ? name : kind);

/** The engine's types, which the scanner knows by their names. */
const types = ["Container", "Directory", "File", "GitRepository", "Secret", "Service"]
  .map((name) => `export declare class ${name} {}\n`)
  .concat("export type Platform = string & { __Platform: never };\n")
  .join("");

// The scanner that the engine's runtime uses is in its client's package, though not among its exports. It sees a
// copy of src, with a stand-in for the client: reading the real one's types takes seconds.
beforeAll(async () => {
  const client = join(directory, "node_modules/@dagger.io/dagger");
  mkdirSync(client, { recursive: true });
  writeFileSync(join(client, "package.json"), '{ "types": "index.d.ts" }');
  writeFileSync(join(client, "index.d.ts"), types);
  cpSync(at("pipeline/src"), join(directory, "src"), { recursive: true });
  writeFileSync(join(directory, "src/client.gen.ts"), types);
  const scanner: Scanner = await import(
    /* @vite-ignore */ at("node_modules/@dagger.io/dagger/dist/src/module/introspector/index.js")
  );
  const files = readdirSync(join(directory, "src")).map((name) => join(directory, "src", name));
  scanned = JSON.parse(JSON.stringify(await scanner.scan(files, "bellwether", false)));
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
