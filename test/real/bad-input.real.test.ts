import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { makeSystem, type System } from "../support/system.ts";
import { access } from "./support/access.ts";

const systems: System[] = [];
afterEach(async () => {
  for (const system of systems.splice(0)) expect(await system.close()).toEqual([]);
});

async function given(config: string, files: Record<string, string> = {}): Promise<System> {
  const system = await makeSystem({
    files: { "bellwether.yaml": config, ...files },
    limitMs: 200_000,
    variables: access(),
  });
  systems.push(system);
  return system;
}

const outcomes = async (system: System): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await system.report()).stages.flatMap(({ steps }) => steps.map(({ id, outcome }) => [id, outcome])),
  );

test("a linter that prints 100 MB fails with its first findings, and the other linter's result is kept", async () => {
  const line = "app/x.py:1:1: F401 'os' imported but unused";
  const system = await given(`app: small
checks:
  lint:
    loud: { run: "yes \\"${line}\\" | head -c 100000000; exit 1", findings: flake8 }
    good: "true"
`);
  const done = await system.run("run", "lint");
  expect(done.code).toBe(1);
  expect(done.stdout + done.stderr).toContain("app/x.py:1 F401: 'os' imported but unused\n");
  expect(await outcomes(system)).toMatchObject({ "lint:loud": "failed", "lint:good": "passed" });
  expect((await system.stored("reports/last.json")).length).toBeLessThan(50_000_000);
});

test("requirements that cannot be resolved fail the set-up with the resolver's own words", async () => {
  const config = `app: small
toolchains:
  python: { version: ">=3.10" }
checks:
  lint: { plain: { run: "true", toolchains: [] } }
  unit: python -c "import nothing"
`;
  const requirement = "no-such-package-of-anybody==99.9.9";
  const system = await given(config, {
    "requirements.txt": `${requirement}\n`,
    ".gitignore": ".bellwether/\n.venv/\n",
  });
  const done = await system.run("run");
  expect(done.code).toBe(1);
  expect(done.stdout).toMatch(new RegExp(`No matching distribution found for ${requirement}`));
  expect(await outcomes(system)).toMatchObject({
    "setup:python": "failed",
    "unit:unit": "skipped",
    "lint:plain": "passed",
  });
});

test("a repository with 50,000 files is checked and scanned, and comes from the cache afterwards", async () => {
  const system = await given(`app: small
checks:
  lint: { count: "test $(git ls-files | wc -l) -gt 50000" }
security: { secrets: {} }
`);
  for (let directory = 0; directory < 100; directory++) {
    const path = join(system.directory, "data", String(directory));
    await mkdir(path, { recursive: true });
    await Promise.all(
      Array.from({ length: 500 }, (_, file) =>
        writeFile(join(path, `${file}.txt`), `${directory} ${file}\n`),
      ),
    );
  }
  await system.commit("Many files");
  expect(await system.run("run")).toMatchObject({ code: 0 });
  const again = await system.run("run");
  expect(again.stdout).toMatch(/ 2 of 2 steps from the cache/);
});
