import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { samples } from "../support/samples.ts";
import { makeSystem, type System } from "../support/system.ts";
import { access } from "./support/access.ts";

const execute = promisify(execFile);

const systems: System[] = [];
afterEach(async () => {
  for (const system of systems.splice(0)) expect(await system.close()).toEqual([]);
});

/** pdm is left out: its newest release does not start, and a lock is made by nothing else. */
const kinds = Object.entries(samples).filter(([name]) => name !== "pdm");

test.each(kinds)(
  "init and then run passes on a fresh project of %s, and again from the cache",
  async (_name, sample) => {
    const system = await makeSystem({
      files: sample.files,
      bare: true,
      limitMs: 300_000,
      variables: access(),
    });
    systems.push(system);
    const shell = (command: string) =>
      execute("sh", ["-c", command], { cwd: system.directory, timeout: 240_000 });
    await shell("rm -rf service bellwether.yaml");
    for (const command of sample.prepare) await shell(command);
    await shell(
      "git init --quiet --initial-branch develop && git config user.name Ada && git config user.email ada@example.invalid",
    );
    expect(await system.run("init")).toMatchObject({ code: 0 });
    await system.commit("Begin");
    const first = await system.run("run");
    expect(first.stdout + first.stderr).toMatch(/ passed in .*exit code 0\n$/);
    const again = await system.run("run");
    expect(again.code).toBe(0);
    const [, hits, all] = / (\d+) of (\d+) steps from the cache/.exec(again.stdout) ?? [];
    // A set-up that its lock does not describe in full (cargo, yarn's workspaces) is done again.
    expect(Number(all) - Number(hits)).toBeLessThanOrEqual(1);
  },
  600_000,
);
