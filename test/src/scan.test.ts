import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
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
type Method = Named & { arguments: Record<string, Argument>; returnType: { kind: string } };
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

/** The engine's types, which the scanner knows by their names. */
const types =
  "export declare class Directory {}\nexport declare class GitRepository {}\nexport declare class Secret {}\n";

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
  expect(methods.map((method) => method.name)).toEqual(["plan", "lint", "unitTest", "check"]);
  for (const { name, description, returnType } of methods) {
    expect([name, returnType.kind]).toEqual([name, "STRING_KIND"]);
    expect([name, description]).toEqual([name, expect.stringMatching(/\w/)]);
  }
  expect(scanned.description).toMatch(/\w/);
});

test("every parameter is described, and none is required: dagger check calls without any", () => {
  for (const { name, arguments: all } of Object.values(scanned.objects.Bellwether?.methods ?? {}))
    for (const each of Object.values(all)) {
      const where = `${name} ${each.name}`;
      expect([where, each.description]).toEqual([where, expect.stringMatching(/\w/)]);
      expect([where, each.isOptional || each.defaultValue !== undefined]).toEqual([where, true]);
    }
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
  expect(Object.keys(scanned.objects.Bellwether?.properties ?? {})).toEqual(["source", "git"]);
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
