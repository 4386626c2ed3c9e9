import { expect, test } from "vitest";
import { Scenario } from "../support/given.ts";
import { unwrap, unwrapFailure } from "../support/unwrap.ts";

const changedFile = (given: Scenario, version: string) => ({
  release: given.release(version).id,
  version,
  what: "file app/server.js",
  expected: "content aaaa",
  found: "content bbbb",
  placeable: true,
});

test("what somebody changed by hand is told and journalled by the next deploy, before it changes anything", async () => {
  const given = await new Scenario().live("1.0.0");
  given.target.drift = [changedFile(given, "1.0.0")];
  unwrap(await given.deploy("1.1.0"));
  expect(given.fact("drift")).toMatchObject([
    { version: "1.0.0", what: "file app/server.js", expected: "content aaaa", found: "content bbbb" },
  ]);
  const facts = given.target.journal.map(({ fact }) => fact);
  const at = facts.findIndex(({ kind }) => kind === "drift");
  expect(facts[at]).toMatchObject({ found: [{ version: "1.0.0", what: "file app/server.js" }] });
  expect(facts[at - 1]).toMatchObject({ kind: "rollout-began", version: "1.1.0" });
});

test("weights that no rollout set are drift", async () => {
  const given = await new Scenario().live("1.0.0", "1.1.0");
  const [old, live] = [given.release("1.0.0").id, given.release("1.1.0").id];
  given.target.weights = { [old]: 30, [live]: 70 };
  unwrap(await given.deploy("1.2.0"));
  expect(given.fact("drift")).toMatchObject([
    { version: "1.1.0", what: "weights", expected: "1.1.0 100 %", found: "1.0.0 30 %, 1.1.0 70 %" },
  ]);
});

test("a version that is live already is not overwritten where it was changed; that is noted", async () => {
  const given = await new Scenario().live("1.0.0");
  given.target.drift = [changedFile(given, "1.0.0")];
  const { changed, notes } = unwrap(await given.deploy("1.0.0"));
  expect(changed).toBe(false);
  expect(notes).toEqual([
    "changed by hand: file app/server.js of 1.0.0 is content bbbb, expected content aaaa",
    "already live",
  ]);
  expect(given.target.actions).toEqual([]);
});

test("B12: a rollback to a release that was changed places it anew, though it is warm", async () => {
  const given = await new Scenario().live("1.0.0", "1.1.0");
  given.target.drift = [changedFile(given, "1.0.0")];
  unwrap(await given.rollback());
  expect(given.target.actions.slice(0, 2)).toEqual(["place 1.0.0", "start 1.0.0 api"]);
  expect(given.liveVersion()).toBe("1.0.0");
});

const many = ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0", "1.5.0", "1.6.0"];

/** So many versions, one after the other, that the first ones are not kept any more. */
async function manyLive(): Promise<Scenario> {
  const given = new Scenario({ warmMs: 0 });
  for (const version of many) {
    await given.live(version);
    await given.clock.run(given.clock.sleep(10));
  }
  return given.live();
}

test("B12: a version that is not kept any more is fetched again by its digest", async () => {
  const given = await manyLive();
  expect(given.target.kept.map(({ version }) => version)).not.toContain("1.0.0");
  unwrap(await given.rollback("1.0.0"));
  expect(given.target.actions[0]).toBe("place 1.0.0");
  expect(given.liveVersion()).toBe("1.0.0");
});

test("B12: where it cannot be fetched, the rollback fails before it changes anything, and lists what there is", async () => {
  const given = await manyLive();
  given.target.imagesKept = false;
  expect(unwrapFailure(await given.rollback("1.0.0"))).toEqual({
    kind: "version-not-kept",
    environment: "production",
    version: "1.0.0",
    available: ["1.2.0", "1.3.0", "1.4.0", "1.5.0"],
  });
  expect(given.target.actions).toEqual([]);
});

test("B11: secrets that were rotated since are named, with the version that is used again", async () => {
  const given = await new Scenario().live("1.0.0", "1.1.0");
  const observe = given.target.observe.bind(given.target);
  const versions: Record<string, Record<string, string>> = {
    "1.0.0": { TOKEN: "aaaa", KEY: "same" },
    "1.1.0": { TOKEN: "bbbb", KEY: "same" },
  };
  given.target.observe = () => {
    const seen = observe();
    for (const release of Object.values(seen.releases)) release.secrets = versions[release.version] ?? {};
    return seen;
  };
  unwrap(await given.rollback());
  expect(given.fact("rotated")).toMatchObject([
    { version: "1.0.0", name: "TOKEN", used: "aaaa", live: "bbbb" },
  ]);
  expect(given.target.journal.map(({ fact }) => fact)).toContainEqual({
    kind: "rotated-secrets",
    rollout: expect.any(String),
    version: "1.0.0",
    secrets: [{ name: "TOKEN", used: "aaaa", live: "bbbb" }],
  });
});

test("B46: the journal's end is told with the outcome, and a broken chain is believed in nothing", async () => {
  const given = await new Scenario().live("1.0.0");
  unwrap(await given.deploy("1.1.0"));
  const last = given.target.journal.at(-1);
  expect(given.fact("journalled")).toMatchObject([
    { environment: "production", sequence: last?.sequence, hash: last?.hash },
  ]);

  const entry = given.target.journal[3];
  if (entry) given.target.journal[3] = { ...entry, at: entry.at + 1 };
  given.target.actions.length = 0;
  expect(unwrapFailure(await given.deploy("1.2.0"))).toMatchObject({
    kind: "journal-broken",
    sequence: 4,
    entry: entry?.fact.kind,
  });
  expect(given.target.actions).toEqual([]);
  expect(given.target.lease.request).toBeNull();
});
