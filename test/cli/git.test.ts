import { access, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { makeSystem, type System, type SystemOptions } from "../support/system.ts";

const systems: System[] = [];
const directories: string[] = [];
afterEach(async () => {
  for (const system of systems.splice(0)) expect(await system.close()).toEqual([]);
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
});

async function given(options: SystemOptions = {}): Promise<System> {
  const system = await makeSystem(options);
  systems.push(system);
  return system;
}

const refused = (stderr: string) => ({ code: 2, signal: null, stdout: "", stderr });

test("no git repository is refused with exit code 2", async () => {
  const system = await given({ bare: true });
  const words = refused(
    `${system.directory} is not in a git repository.\n  expected: a directory in a git repository\n  next: Run \`git init\` there, or name the right directory with \`-C DIR\`.\n`,
  );
  expect(await system.run("plan")).toEqual(words);
  expect(await system.run("run")).toEqual(words);
});

test("a system without git is told that git is missing", async () => {
  const empty = await mkdtemp(join(tmpdir(), "bellwether-path-"));
  directories.push(empty);
  const system = await given({ bare: true, variables: { PATH: empty } });
  expect(await system.run("plan")).toEqual(
    refused("git was not found.\n  expected: git on PATH\n  next: Install git, or put it on PATH.\n"),
  );
});

test("a repository without commits can be planned but not run", async () => {
  const system = await given({ bare: true });
  await system.git("init", "--quiet", "--initial-branch", "main");
  const planned = await system.run("plan");
  expect(planned).toMatchObject({ code: 0, stderr: "" });
  expect(planned.stdout).toMatch(/^small 0\.0\.0-main\.0\n/);
  expect(await system.run("run")).toEqual(
    refused(
      `The repository at ${system.directory} has no commit yet.\n  expected: at least one commit\n  next: Commit something first.\n`,
    ),
  );
});

test("a ref that does not exist can be planned but not run", async () => {
  const system = await given();
  const planned = await system.run("plan", "--event", "release", "--ref", "v7.0.0-rc.1", "--json");
  expect(JSON.parse(planned.stdout)).toMatchObject({ context: { version: "7.0.0-rc.1", sha: null } });
  expect(await system.run("run", "--event", "release", "--ref", "v7.0.0-rc.1")).toEqual(
    refused(
      "There is no refs/tags/v7.0.0-rc.1 in this repository.\n  expected: a branch or tag that exists\n  next: Fetch it, or name one that exists; `plan` alone accepts a ref that is not there yet.\n",
    ),
  );
});

test("what is no name of a ref is refused", async () => {
  const system = await given();
  expect(await system.run("plan", "--ref", "a..b")).toEqual(
    refused(
      "There is no a..b in this repository.\n  expected: a branch or tag that exists\n  next: Fetch it, or name one that exists; `plan` alone accepts a ref that is not there yet.\n",
    ),
  );
});

test("a ref other than what is checked out is not run", async () => {
  const system = await given();
  await system.git("commit", "--quiet", "--allow-empty", "--message", "more");
  const [main, head] = [await system.git("rev-parse", "main"), await system.git("rev-parse", "HEAD")];
  expect(await system.run("run", "--event", "push", "--ref", "main")).toEqual(
    refused(
      `refs/heads/main is commit ${main.slice(0, 12)}, and what is checked out is ${head.slice(0, 12)}.\n  expected: the ref that is checked out\n  next: Check it out first: \`git checkout main\`.\n`,
    ),
  );
});

test("a detached head is run, and its version says so", async () => {
  const system = await given();
  await system.git("checkout", "--quiet", "--detach");
  const done = await system.run("run", "lint", "--json");
  expect(done.code).toBe(0);
  expect(JSON.parse(done.stdout).version).toMatch(/^0\.0\.0-detached\.1\+[0-9a-f]{7}$/);
});

test("a shallow clone cannot count commits, and needs to count none for a release", async () => {
  const origin = await given();
  await origin.git("tag", "v1.0.0");
  await origin.git("commit", "--quiet", "--allow-empty", "--message", "more");
  await origin.git("tag", "v1.0.1");
  const clone = await mkdtemp(join(tmpdir(), "bellwether-clone-"));
  directories.push(clone);
  await origin.git("clone", "--quiet", "--depth", "1", `file://${origin.directory}`, clone);
  expect(await origin.run("-C", clone, "plan")).toEqual(
    refused(
      "The clone is shallow, and the number of commits in the version is not in it.\n  expected: the number of commits in the version\n  next: Run `git fetch --unshallow --tags`, or clone with the full history.\n",
    ),
  );
  const released = await origin.run("-C", clone, "plan", "--event", "release", "--ref", "v1.0.1");
  expect(released).toMatchObject({ code: 0, stderr: "" });
  expect(released.stdout).toMatch(/^small 1\.0\.1\n/);
});

test("a directory below the repository's root and one that is reached by a link are fine", async () => {
  const system = await given();
  await mkdir(join(system.directory, "below"));
  await system.write({ "below/bellwether.yaml": "app: below\n" });
  const link = `${system.directory}-link`;
  await symlink(system.directory, link);
  directories.push(link);
  expect((await system.run("-C", "below", "plan")).stdout).toMatch(/^below 0\.0\.0-develop\.1/);
  expect((await system.run("-C", link, "plan")).stdout).toMatch(/^small 0\.0\.0-develop\.1/);
  await expect(access(join(system.directory, "below", "dist"))).rejects.toThrow();
});
