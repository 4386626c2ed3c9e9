import { expect, test } from "vitest";
import { sharesOf } from "../../../pipeline/routers/weights.ts";
import { merged, type Seen } from "../../../pipeline/targets/systemd/merge.ts";
import { readSeen } from "../../../pipeline/targets/systemd/seen.ts";

const unit = (fields: string) => `unit green api ${fields}`;
const lines = (...more: string[]): string[] => [
  "host 1700000000000 1234",
  "live 1.0.0-aaa a1",
  "weights 90 10 90,10",
  "weighs blue 90 no check",
  "weighs green 10 no check",
  "release 1.0.0-aaa a1 1.0.0",
  "secret 1.0.0-aaa TOKEN 5f3a",
  "part 1.0.0-aaa api 1 yes yes 10 /ready",
  "release 1.1.0-bbb b2 1.1.0",
  "part 1.1.0-bbb api 1 yes yes 10 /ready",
  "slot blue 1.0.0-aaa",
  "unit blue api active running 41 41 0 0 success 2 @1700000000 2000000000 4096",
  "port blue api 21000",
  "runs blue api /opt/quotes/releases/1.0.0-aaa/images/0123/app",
  "slot green 1.1.0-bbb",
  "port green api 21001",
  ...more,
];
const seen = (...more: string[]) => readSeen(lines(...more), sharesOf);
const candidate = (...more: string[]) => seen(...more).releases.b2?.components.api;

test("what is live runs though it was started again; its usage and its secrets' versions are told", () => {
  const { releases, live, weights } = seen(unit("inactive dead 0 0 0 0 success 0 - - -"));
  expect(live).toBe("a1");
  expect(weights).toEqual({ a1: 90, b2: 10 });
  expect(releases.a1).toMatchObject({ version: "1.0.0", secrets: { TOKEN: "5f3a" } });
  expect(releases.a1?.components.api).toMatchObject({
    state: "running",
    pid: 41,
    port: 21_000,
    restarts: 2,
    startedAt: 1_700_000_000_000,
    usage: { cpuMs: 2_000, memoryBytes: 4_096 },
    runsIn: "1.0.0-aaa",
  });
});

test.each([
  [
    "is stopped where it was never started",
    "inactive dead 0 0 0 0 success 0 - - -",
    { state: "stopped", end: null },
  ],
  [
    "has exited with its code",
    "failed failed 0 50 1 7 exit-code 0 @1700000001 - -",
    { state: "exited", end: { exitCode: 7 } },
  ],
  [
    "has exited by its signal",
    "failed failed 0 50 2 9 signal 0 @1700000001 - -",
    { state: "exited", end: { exitCode: null, signal: "SIGKILL" } },
  ],
  [
    "that flaps has exited, though it runs again",
    "active running 60 60 0 0 success 3 @1700000001 - -",
    { state: "exited", pid: 60 },
  ],
  [
    "that waits to be started again has exited",
    "activating auto-restart 0 60 1 1 exit-code 1 @1700000001 - -",
    { state: "exited", pid: null },
  ],
  [
    "whose program is missing has exited",
    "failed failed 0 61 1 203 exit-code 0 @1700000001 - -",
    { state: "exited", end: { exitCode: 203 } },
  ],
  [
    "that was stopped in order is stopped",
    "inactive dead 0 62 1 0 success 0 @1700000001 - -",
    { state: "stopped" },
  ],
])("a candidate %s", (_name, fields, expected) => {
  expect(candidate(unit(fields))).toMatchObject(expected);
});

test("weights that the router does not have are told as it has them", () => {
  const other = lines().map((line) => (line.startsWith("weighs green") ? "weighs green 90 no check" : line));
  expect(readSeen(other, sharesOf).weights).toEqual({ a1: 50, b2: 50 });
  const none = lines().map((line) => (line.startsWith("weighs blue") ? "weighs blue 90 MAINT" : line));
  expect(readSeen(none, sharesOf).weights).toEqual({ b2: 100 });
});

const host = (name: string, change: (line: string) => string | null = (line) => line): Seen => ({
  host: name,
  front: true,
  seen: readSeen(
    lines(unit("active running 50 50 0 0 success 0 @1700000001 - -")).flatMap((line) => change(line) ?? []),
    sharesOf,
  ),
});

test("B21: a fleet is of one mind, or it has nothing live", () => {
  const all = merged([host("web-1"), host("web-2")], "http://web-1");
  expect(all).toMatchObject({ live: "a1", weights: { a1: 90, b2: 10 }, releases: { b2: { placed: true } } });
  expect(all.disagree).toBeUndefined();
  const odd = host("web-3", (line) => (line.startsWith("live") ? "live 1.1.0-bbb b2" : line));
  expect(merged([host("web-1"), host("web-2"), odd], "")).toMatchObject({
    live: null,
    disagree: "web-3 has 1.1.0-bbb live, web-1, web-2 have 1.0.0-aaa live",
  });
});

test("B22: a host that runs other files than those that are live there is named", () => {
  const odd = host("web-2", (line) =>
    line.startsWith("runs blue") ? line.replace("1.0.0-aaa", "0.9.0-ccc") : line,
  );
  expect(merged([host("web-1"), odd], "").disagree).toBe(
    "web-2 runs api of 0.9.0-ccc, though 1.0.0-aaa is live there",
  );
});

test("what failed on one host has failed, and its lines say where", () => {
  const failed = host("web-2", (line) =>
    line.startsWith("unit green") ? unit("failed failed 0 50 1 7 exit-code 0 @1700000001 - -") : line,
  );
  failed.seen?.releases.b2?.components.api?.log.push("no order book");
  expect(merged([host("web-1"), failed], "").releases.b2?.components.api).toMatchObject({
    state: "exited",
    end: { exitCode: 7 },
    log: ["web-2: no order book"],
  });
});

test("weights that differ between hosts are none that anybody asked for", () => {
  const behind = host("web-2", (line) =>
    line.startsWith("weights")
      ? "weights 100 0 100,0"
      : line.startsWith("weighs green")
        ? "weighs green 0 no check"
        : line.replace("weighs blue 90", "weighs blue 100"),
  );
  expect(merged([host("web-1"), behind], "").weights).toEqual({ a1: 95, b2: 5 });
});

test("a host that was lost takes no part", () => {
  expect(merged([host("web-1"), { ...host("web-2"), seen: null }], "")).toMatchObject({
    live: "a1",
    releases: { a1: { placed: true } },
  });
});

test("one process of two releases is told as such, runs though it was started again, and ends none of them", () => {
  const both = seen(unit("active running 41 41 0 0 success 2 @1700000000 - -"), "shared api");
  expect(both.releases.b2?.components.api).toMatchObject({ state: "running", pid: 41, shared: true });
  const look: Seen = { host: "web-1", front: true, seen: both };
  const alone: Seen = {
    host: "web-2",
    front: true,
    seen: seen(unit("active running 7 7 0 0 success 0 @1700000000 - -")),
  };
  expect(merged([look], "").releases.b2?.components.api?.shared).toBe(true);
  expect(merged([look, alone], "").releases.b2?.components.api?.shared).toBeUndefined();
});

test("how exposed systemd finds a unit is told with the component", () => {
  expect(seen("exposure 1.0.0-aaa api 1.6").releases.a1?.components.api?.exposure).toBe(1.6);
  expect(seen("exposure 1.0.0-aaa api ").releases.a1?.components.api?.exposure).toBeUndefined();
});
