import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chain, type JournalEntry } from "../../pipeline/deploy/journal.ts";
import { makeSystem, type System } from "../support/system.ts";

let system: System;
let file = "";
let head = "";
beforeAll(async () => {
  system = await makeSystem();
  file = join(system.state, "local", "staging", "journal.ndjson");
  const run = await system.run("run", "--event", "push", "--ref", "develop");
  expect(run.code, run.stdout + run.stderr).toBe(0);
}, 60_000);
afterAll(async () => {
  expect(await system.close()).toEqual([]);
});

const verify = (...args: string[]) => system.run("journal", "verify", "staging", ...args);

/** Does something to the journal's two files, and puts them back as they were. */
async function withJournal(
  change: (text: string) => string,
  both: boolean,
  look: () => Promise<void>,
): Promise<void> {
  const files = both ? [file, `${file}.copy`] : [file];
  const before = await readFile(file, "utf8");
  for (const one of files) await writeFile(one, change(before));
  await look();
  for (const one of [file, `${file}.copy`]) await writeFile(one, before);
}

test("B46: a run's report holds the journal's head, and `journal verify` prints the same", async () => {
  const [rollout] = (await system.report()).rollouts;
  head = `${rollout?.journal?.sequence}:${rollout?.journal?.hash}`;
  expect(head).toMatch(/^\d+:[0-9a-f]{64}$/);
  const verified = await verify();
  expect(verified).toMatchObject({ code: 0, stderr: "" });
  expect(verified.stdout).toBe(
    `the journal of staging is whole: ${rollout?.journal?.sequence} entries\nhead: ${head}\n`,
  );
  expect(JSON.parse((await verify("--json", "--head", head)).stdout)).toMatchObject({
    environment: "staging",
    whole: true,
    head: rollout?.journal,
    failure: null,
  });
});

test("B46: one altered entry is named with its number, kind and line; nothing is deployed then", async () => {
  await withJournal(
    (text) => text.replace('"cause":"deploy"', '"cause":"rollback"'),
    false,
    async () => {
      const verified = await verify();
      expect(verified.code).toBe(2);
      expect(verified.stderr).toContain("The journal of staging is broken at entry ");
      expect(verified.stderr).toContain("(rollout-began): it is not what was written");
      const deployed = await system.run("deploy", "staging");
      expect(deployed.code).toBe(2);
      expect(deployed.stdout + deployed.stderr).toContain("The journal of staging is broken at entry ");
    },
  );
});

test("B46: a tail that was cut off everywhere, and a past that was rewritten, show by a head that was kept", async () => {
  const cut = (text: string) => `${text.trim().split("\n").slice(0, -2).join("\n")}\n`;
  await withJournal(cut, true, async () => {
    expect((await verify()).code).toBe(0);
    const verified = await verify("--head", head);
    expect(verified.code).toBe(2);
    expect(verified.stderr).toContain("what came after is cut off");
  });
  const rewritten = (text: string) => {
    const entries: JournalEntry[] = [];
    for (const line of text.trim().split("\n")) {
      const { at, fact } = JSON.parse(line.replaceAll('"Ada"', '"Eve"'));
      entries.push(chain(entries.at(-1) ?? null, at, fact));
    }
    return entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
  };
  await withJournal(rewritten, true, async () => {
    expect((await verify()).code).toBe(0);
    const verified = await verify("--head", head);
    expect(verified.code).toBe(2);
    expect(verified.stderr).toContain("the journal was rewritten");
  });
});

test("a head that is none is refused, and an environment that is not there", async () => {
  expect(await verify("--head", "12")).toMatchObject({ code: 2 });
  const unknown = await system.run("journal", "verify", "stagin");
  expect(unknown).toMatchObject({ code: 2 });
  expect(unknown.stderr).toContain("staging");
});

test("without a daemon it works the same; a rollout of a newer Bellwether is left alone, and the version is named", async () => {
  expect((await system.run("stop", "staging")).code).toBe(0);
  expect((await verify("--head", head)).code).toBe(0);
  const before = await readFile(file, "utf8");
  const entries = before
    .trim()
    .split("\n")
    .map((line): JournalEntry => JSON.parse(line));
  const began = entries.find(({ fact }) => fact.kind === "rollout-began")?.fact;
  const newer = chain(entries.at(-1) ?? null, Date.now(), {
    ...(began as Extract<JournalEntry["fact"], { kind: "rollout-began" }>),
    rollout: "from-the-future",
    version: "9.9.9",
    tool: "99.0.0",
  });
  for (const one of [file, `${file}.copy`]) await writeFile(one, `${before}${JSON.stringify(newer)}\n`);
  await system.write({ "service/note.txt": "another version" });
  await system.commit("Another version");
  const run = await system.run("run", "--event", "push", "--ref", "develop");
  expect(run.code).toBe(3);
  expect(run.stdout + run.stderr).toContain("99.0.0");
  expect((await verify("--head", head)).code).toBe(0);
});
