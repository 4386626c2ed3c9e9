import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type Import, inside, outside, readSources } from "../support/sources.ts";

const byPath = new Map(readSources().map((file) => [file.path, file]));

/** What is loaded with a file: all that it imports for its value, `import()` left out. */
function loadedWith(...entries: string[]): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const open = [...entries];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const file = byPath.get(path);
    if (file === undefined || files.has(path)) continue;
    files.add(path);
    const isStatic = ({ name, value }: Import) => value && !lazily(path as string).has(name);
    open.push(...inside(file, isStatic));
    for (const name of outside({ ...file, imports: file.imports.filter(isStatic) }))
      if (!name.startsWith("node:"))
        packages.add(
          name
            .split("/")
            .slice(0, name.startsWith("@") ? 2 : 1)
            .join("/"),
        );
  }
  return { files, packages };
}

/** Names that a file loads by `await import()` alone. */
function lazily(path: string): Set<string> {
  const text = readFileSync(fileURLToPath(new URL(`../../pipeline/${path}`, import.meta.url)), "utf8");
  const lazy = new Set([...text.matchAll(/\bawait import\(\s*"([^"]+)"/g)].map(([, name]) => name ?? ""));
  for (const [, name] of text.matchAll(/^(?:import|export)(?!\s+type\b)[^"';]*\bfrom\s*"([^"]+)"/gm))
    lazy.delete(name ?? "");
  return lazy;
}

test("the module's own file loads the engine's client and nothing else, until a function is called", () => {
  const { files, packages } = loadedWith("src/index.ts");
  expect([...files]).toEqual(["src/index.ts"]);
  expect([...packages]).toEqual(["@dagger.io/dagger"]);
});

test("every function is loaded by its own call, from the room of functions", () => {
  const loaded = [...lazily("src/index.ts")].map((name) => posix.join("src", name)).sort();
  expect(loaded).toEqual(
    ["checks", "environments", "images", "plan", "report", "service"].map((name) => `functions/${name}.ts`),
  );
});

test("plan loads what reads the config and git, and nothing that runs, judges or ships", () => {
  const { packages, files } = loadedWith("functions/plan.ts");
  expect([...packages].sort()).toEqual([
    "@dagger.io/dagger",
    "picomatch",
    "semver",
    "smol-toml",
    "yaml",
    "zod",
  ]);
  expect(
    [...files].filter((path) => /^(findings|image|deploy|run|targets|routers|approvals|notify)\//.test(path)),
  ).toEqual([]);
});

test("checks load nothing of images, rollouts and targets", () => {
  const { files } = loadedWith("functions/checks.ts");
  expect(
    [...files].filter((path) => /^(image|deploy|targets|routers|approvals|notify|cli)\//.test(path)),
  ).toEqual([]);
});
