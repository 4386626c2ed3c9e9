import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ProcessEnd } from "../../../pipeline/failure.ts";
import type { Child, ChildSpec, Processes } from "../../../pipeline/io/process.ts";
import { fail, ok } from "../../../pipeline/result.ts";
import { backoffMs, SupervisedComponent } from "../../../pipeline/targets/local/component.ts";
import { LogFile, tailOf } from "../../../pipeline/targets/local/log-file.ts";
import { ManualClock, settle } from "../../support/manual-clock.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "bellwether-component-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Processes that end when the test says so. */
function scripted() {
  const children: { end(exitCode: number): void; spec: ChildSpec }[] = [];
  const processes: Processes = {
    start: async (spec) => {
      let end: (end: ProcessEnd) => void = () => {};
      const ended = new Promise<ProcessEnd>((resolve) => {
        end = resolve;
      });
      children.push({ end: (exitCode) => end({ exitCode, signal: null }), spec });
      const child: Child = {
        pid: children.length,
        ended,
        send: () => {},
        stop: async () => {
          end({ exitCode: null, signal: "SIGTERM" });
          return await ended;
        },
      };
      return ok(child);
    },
    run: async () => fail("not here"),
    discard: () => {},
    close: async () => {},
  };
  return { processes, children };
}

function supervised(clock: ManualClock, kept: () => boolean = () => true) {
  const { processes, children } = scripted();
  const component = new SupervisedComponent({
    processes,
    clock,
    log: new LogFile(join(directory, "api.log")),
    redact: (line) => line.replaceAll("secret", "***"),
    port: 4711,
    spec: async () => ok({ argv: ["api"], directory: "/", environment: {} }),
    kept,
  });
  return { component, children };
}

test("restarts wait 1 s, 2 s, 4 s and so on, at most 30 s", () => {
  expect([0, 1, 2, 3, 4, 5, 9].map(backoffMs)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test("a kept process that dies is started again after its wait; one that recovered begins with a short wait", async () => {
  const clock = new ManualClock();
  const { component, children } = supervised(clock);
  await component.start();
  for (const [deaths, waitMs] of [1000, 2000, 4000].entries()) {
    children.at(-1)?.end(1);
    await settle();
    expect(component.observe()).toMatchObject({ state: "exited", end: { exitCode: 1 } });
    await clock.advance(waitMs - 1);
    expect(children).toHaveLength(deaths + 1);
    await clock.advance(1);
    expect(component.observe()).toMatchObject({ state: "running", restarts: deaths + 1, port: 4711 });
  }
  await clock.advance(60_000);
  children.at(-1)?.end(1);
  await clock.advance(1000);
  expect(component.observe()).toMatchObject({ state: "running", restarts: 4 });
});

test("a process that is not kept stays dead until it is kept", async () => {
  const clock = new ManualClock();
  const keep = { it: false };
  const { component, children } = supervised(clock, () => keep.it);
  await component.start();
  children[0]?.end(3);
  await clock.advance(100_000);
  expect(component.observe()).toMatchObject({ state: "exited", end: { exitCode: 3 }, restarts: 0 });
  keep.it = true;
  await component.tend();
  expect(component.observe().state).toBe("running");
});

test("a stopped process is not started again, and a second start is no second process", async () => {
  const clock = new ManualClock();
  const { component, children } = supervised(clock);
  await Promise.all([component.start(), component.start()]);
  expect(children).toHaveLength(1);
  await component.stop(100);
  await clock.advance(100_000);
  expect([component.observe().state, children.length]).toEqual(["stopped", 1]);
  children[0]?.end(0);
  await component.start();
  expect(component.observe().state).toBe("running");
});

test("the last 50 lines are kept, redacted, and the file is cut into two at its limit", async () => {
  const clock = new ManualClock();
  const { component, children } = supervised(clock);
  await component.start();
  for (let i = 0; i < 60; i++) children[0]?.spec.output("out", `line ${i} secret`);
  expect(component.observe().log).toHaveLength(50);
  expect(component.observe().log.at(-1)).toBe("line 59 ***");
  await component.log.flush();
  expect((await tailOf(join(directory, "api.log"), 2)).map(({ line }) => line)).toEqual([
    "line 58 ***",
    "line 59 ***",
  ]);

  const small = new LogFile(join(directory, "small.log"), 100);
  for (let i = 0; i < 10; i++) {
    small.write({ at: 0, line: `a line of some length, number ${i}` });
    await small.flush();
  }
  expect((await readFile(join(directory, "small.log"))).length).toBeLessThan(200);
  expect((await readFile(join(directory, "small.log.1"))).length).toBeLessThan(200);
});
