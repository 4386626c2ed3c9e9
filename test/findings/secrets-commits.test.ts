import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { ScanDocument } from "../../pipeline/evidence.ts";
import { made } from "../support/made-secrets.ts";
import { makeSystem, type System } from "../support/system.ts";

const execute = promisify(execFile);
const secret = (seed: number): string => `API_SECRET=${made(40, seed)}\n`;

const given = async (files: Record<string, string> = {}): Promise<System> => {
  const system = await makeSystem({ files });
  await system.git("branch", "-f", "base");
  return system;
};

async function scanned(system: System, ...args: string[]): Promise<ScanDocument> {
  const done = await system.run("--json", "scan", "secrets", "--scanner", "built-in", ...args);
  expect(done.code, done.stderr).toBe(0);
  return JSON.parse(done.stdout);
}

/** Where the commits since the branch `base` hold secrets. */
const placesOf = async (system: System, ...args: string[]): Promise<string[]> =>
  (await scanned(system, "--base", "base", ...args)).findings
    .filter(({ message }) => message.includes("added by commit"))
    .map(({ path, line }) => `${path}:${line}`);

test("no setting of git and no attribute hides what a commit adds", async () => {
  const system = await given({ ".gitattributes": "*.env -diff\n*.conf binary\n*.ini diff=hide\n" });
  await system.write({
    "a.env": secret(1),
    "b.conf": secret(2),
    "c.ini": secret(3),
    "d.sh": secret(4),
    "naïve file.env": secret(5),
  });
  await writeFile(join(system.directory, "e.yaml"), Buffer.from(`\ufeff${secret(6)}`, "utf16le"));
  await system.commit("settings");
  const places = await placesOf(system);
  expect(places.sort()).toEqual(["a.env:1", "b.conf:1", "c.ini:1", "d.sh:1", "e.yaml:1", "naïve file.env:1"]);
  const settings = {
    "diff.noprefix": "true",
    "diff.mnemonicPrefix": "true",
    "diff.external": "true",
    "diff.relative": "true",
    "diff.hide.textconv": "true",
    "diff.hide.command": "true",
    "diff.context": "0",
    "diff.interHunkContext": "50",
    "diff.submodule": "log",
    "color.ui": "always",
    "color.diff": "always",
    "log.showRoot": "false",
    "log.showSignature": "true",
    "log.diffMerges": "off",
    "core.quotePath": "false",
  };
  for (const [name, value] of Object.entries(settings)) await system.git("config", name, value);
  expect((await placesOf(system)).sort()).toEqual(places);
});

test("a merge is looked into for what it adds itself; the base's secrets are not told again", async () => {
  const system = await given({ "a.env": "A=1\nB=2\nC=3\n" });
  await system.git("checkout", "-q", "-b", "feature/pay");
  await system.write({ "a.env": "A=own\nB=2\nC=3\n" });
  await system.commit("own");
  await system.git("checkout", "-q", "base");
  await system.write({ "a.env": "A=theirs\nB=2\nC=3\n", "base.env": secret(1) });
  await system.commit("theirs");
  await system.git("checkout", "-q", "feature/pay");
  await execute("git", ["merge", "-q", "--no-commit", "base"], { cwd: system.directory }).catch(() => null);
  await system.write({ "a.env": `A=both\nB=2\n${secret(2)}C=3\n`, "merge.env": secret(3) });
  await system.commit("merge");
  expect((await system.git("rev-list", "--merges", "base..HEAD")).trim()).not.toBe("");
  await system.write({ "a.env": "A=both\n" });
  await system.git("rm", "-q", "-f", "merge.env");
  await system.commit("take them out again");
  expect((await placesOf(system)).sort()).toEqual(["a.env:3", "merge.env:1"]);
});

test("what is excluded is not looked at in commits either", async () => {
  const system = await given();
  await system.write({ "vendor/a.env": secret(1), "b.env": secret(2) });
  await system.commit("settings");
  expect(await placesOf(system, "--exclude", "vendor/**")).toEqual(["b.env:1"]);
});

test("lines around an addition tell what it is, and are no additions", async () => {
  const variable = (value: string) => `${secret(7)}- name: API_SECRET\n  value: ${value}\n`;
  const system = await given({ "a.yaml": variable("none") });
  await system.write({ "a.yaml": variable(made(40, 8)) });
  await system.commit("value");
  expect(await placesOf(system)).toEqual(["a.yaml:3"]);
});

test("a file whose name is no UTF-8 is looked into like any other, and can be excluded", async () => {
  const system = await given();
  const name = Buffer.from([...Buffer.from("caf"), 0xe9, ...Buffer.from(".env")]);
  await writeFile(Buffer.concat([Buffer.from(`${system.directory}/`), name]), secret(1));
  await system.commit("latin");
  const paths = async (...args: string[]): Promise<(string | null)[]> =>
    (await scanned(system, "--base", "base", ...args)).findings.map(({ path }) => path);
  expect(await paths()).toEqual(["caf\\351.env", "caf\\351.env"]);
  expect(await paths("--exclude", "caf*.env")).toEqual([]);
});
