import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { outside, readSources } from "./support/sources.ts";

type Manifest = {
  version: string;
  type: string;
  packageManager?: string;
  dependencies: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
};

type Lock = { packages: Record<string, { version?: string; resolved?: string } & Partial<Manifest>> };

const read = <T>(path: string): T => JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), "utf8"));

const root = read<Manifest>("package.json");
const pipeline = read<Manifest>("pipeline/package.json");
const lock = read<Lock>("pipeline/package-lock.json");
const rootLock = read<Lock>("package-lock.json");

test("what the Dagger runtime installs has the exact versions of the root, and the same version itself", () => {
  const known = { ...root.devDependencies, ...root.dependencies };
  for (const [name, version] of Object.entries(pipeline.dependencies))
    expect([name, version]).toEqual([name, known[name]]);
  for (const version of Object.values(pipeline.dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(pipeline.version).toBe(root.version);
});

test("the Dagger runtime's manifest is of the form that it needs", () => {
  expect(pipeline.packageManager).toBe("npm@11.8.0");
  expect(pipeline.type).toBe("module");
  expect(pipeline.dependencies.typescript).toBe("6.0.3");
  expect(pipeline.dependencies).not.toHaveProperty("@dagger.io/dagger");
});

test("its lock is of this manifest, with the root's versions below it and no download addresses", () => {
  expect(lock.packages[""]?.dependencies).toEqual(pipeline.dependencies);
  for (const [path, { version, resolved }] of Object.entries(lock.packages)) {
    if (path === "") continue;
    expect([path, version]).toEqual([path, rootLock.packages[path]?.version]);
    expect([path, resolved]).toEqual([path, undefined]);
  }
});

test("the client of the engine is pinned to the engine's version", () => {
  const { engineVersion } = read<{ engineVersion: string }>("dagger.json");
  expect(engineVersion).toBe(`v${root.dependencies["@dagger.io/dagger"]}`);
});

test("what the rooms import is in both manifests, but for what the runtime brings or a host may lack", () => {
  const elsewhere = ["@dagger.io/dagger", ...Object.keys(root.optionalDependencies ?? {})];
  const imported = readSources()
    .flatMap(outside)
    .filter((name) => !name.startsWith("node:"))
    .map((name) => name.split("/", name.startsWith("@") ? 2 : 1).join("/"));
  for (const name of new Set(imported)) {
    if (elsewhere.includes(name)) continue;
    expect([name, Object.keys(root.dependencies)]).toEqual([name, expect.arrayContaining([name])]);
    expect([name, Object.keys(pipeline.dependencies)]).toEqual([name, expect.arrayContaining([name])]);
  }
  const used = new Set([...imported, "typescript"]);
  expect(Object.keys(pipeline.dependencies).filter((name) => !used.has(name))).toEqual([]);
});
