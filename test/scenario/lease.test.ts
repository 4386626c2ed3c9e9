import { expect, test } from "vitest";
import { Scenario } from "../support/given.ts";
import { unwrap } from "../support/unwrap.ts";

for (const seconds of [1, 3, 5, 9, 15]) {
  test(`B1: Ctrl-C ${seconds} s into a deploy leaves the old release serving and the lease free`, async () => {
    const given = await new Scenario().live("1.0.0");
    given.clock.after(seconds * 1_000, () => given.abort.abort("SIGINT"));
    expect(await given.deploy("1.1.0")).toEqual({
      ok: false,
      failure: { kind: "interrupted", by: "SIGINT" },
    });
    expect(given.weights()).toEqual({ "1.0.0": 100 });
    expect(given.running()).toEqual(["1.0.0"]);
    expect(given.target.lease.request).toBeNull();
    expect(given.target.journal.at(-1)?.fact).toMatchObject({ kind: "rollout-ended", outcome: "aborted" });
    expect(given.target.traffic.failed).toEqual([]);
  });
}

test("B2: the next run names whose rollout was lost and since when, and puts it right by itself", async () => {
  const given = await new Scenario().live("1.0.0");
  given.target.deadMansSwitch = false;
  const work = given.deploying("1.1.0");
  const lost = given.session;
  given.clock.after(5_000, () => void lost?.close());
  await given.clock.runUntil(work, () => lost?.dead === true);
  expect(given.weights()).toEqual({ "1.0.0": 90, "1.1.0": 10 });
  const { notes } = unwrap(await given.reconcile());
  expect(notes).toEqual([
    expect.stringMatching(
      /^rollout of 1\.1\.0 was unfinished, its engine was lost \(ada, since 1970-.*\); live is 1\.0\.0$/,
    ),
  ]);
  expect(given.weights()).toEqual({ "1.0.0": 100 });
  expect(given.running()).toEqual(["1.0.0"]);
});

test("B3: a second deploy of no newer version fails and names the holder, its version and since when", async () => {
  const given = await new Scenario().live("1.0.0");
  const first = given.deploying("1.1.0");
  const second = given.deploying("1.0.5", { actor: "bob" });
  expect(await given.clock.run(second)).toMatchObject({
    failure: { kind: "lease-held", actor: "ada", version: "1.1.0", since: expect.stringMatching(/^1970-/) },
  });
  unwrap(await given.clock.run(first));
  expect(given.liveVersion()).toBe("1.1.0");
});

test("B4: an engine whose lease was taken over changes nothing any more", async () => {
  const given = await new Scenario().live("1.0.0");
  const first = given.deploying("1.1.0");
  const slow = given.session;
  given.clock.after(5_000, () => slow && given.target.lose(slow));
  expect(await given.clock.run(first)).toMatchObject({ failure: { kind: "lease-lost" } });
  expect(given.weights()).toEqual({ "1.0.0": 100 });
});

test("B5: a rollback makes the deploy that holds the lease give way, and goes ahead", async () => {
  const given = await new Scenario().live("1.0.0", "1.1.0");
  const deploying = given.deploying("1.2.0");
  await given.clock.run(given.clock.sleep(5_000));
  const back = unwrap(await given.rollback());
  expect(back.version).toBe("1.0.0");
  expect(await given.clock.run(deploying)).toMatchObject({
    failure: { kind: "aborted", version: "1.2.0", live: "1.1.0", by: "ada" },
  });
  expect(given.weights()).toEqual({ "1.0.0": 100 });
});

test("a rollout that a newer version of the tool began is left alone, and the version needed is named", async () => {
  const given = await new Scenario().live("1.0.0");
  given.tool = "2.0.0";
  const work = given.deploying("1.1.0");
  const lost = given.session;
  given.clock.after(5_000, () => void lost?.close());
  await given.clock.runUntil(work, () => lost?.dead === true);
  given.tool = "1.0.0";
  expect(await given.deploy("1.2.0")).toEqual({
    ok: false,
    failure: { kind: "rollout-too-new", environment: "production", needs: "2.0.0", have: "1.0.0" },
  });
});
