import { expect, test } from "vitest";
import { latencyBounds } from "../../../pipeline/deploy/target.ts";
import { nothingLogged, readLine, tally } from "../../../pipeline/routers/haproxy/log.ts";
import { countersOf, readStatistics, unansweredOf } from "../../../pipeline/routers/haproxy/statistics.ts";

const csv = `# pxname,svname,qcur,scur,stot,status,weight,hrsp_1xx,hrsp_2xx,
releases,s1,1,2,40,no check,90,3,30,
releases,s2,0,0,0,MAINT,0,0,0,

Name: HAProxy
DroppedLogs: 0
`;

test("the servers' figures are found by the names of their columns", () => {
  expect(readStatistics(csv)).toEqual({
    ok: true,
    value: {
      s1: { attempts: 40, open: 2, queued: 1, handshakes: 3, weight: 90, ready: true },
      s2: { attempts: 0, open: 0, queued: 0, handshakes: 0, weight: 0, ready: false },
    },
  });
});

test("statistics that are none are never taken for zeros", () => {
  expect(readStatistics("Permission denied\n")).toEqual({
    ok: false,
    failure: "no statistics: Permission denied",
  });
  expect(readStatistics(csv.replace(",stot", ",total"))).toEqual({
    ok: false,
    failure: "its statistics have no column stot",
  });
  for (const value of ["", "-1", "NaN", "many"]) {
    expect(readStatistics(csv.replace(",40,", `,${value},`)).ok).toBe(false);
  }
});

const request = (line: string) => {
  const read = readLine(line, 3);
  return read?.kind === "request" ? read.request : read;
};

test("a line of the log tells the slot, the time, and whose fault the end was", () => {
  expect(request("3 s1 200 0 0 0 5 7 --")).toEqual({ slot: "s1", failed: false, tunnel: false, ms: 7 });
  expect(request("3 s2 101 1 2 3 4 90000 CD")).toEqual({ slot: "s2", failed: false, tunnel: true, ms: 10 });
  const failed = [
    "500 0 0 0 5 5 --", // answered so
    "503 0 1002 -1 -1 1002 SC", // refused
    "502 0 0 0 -1 1 SH", // broken off before the answer
    "200 0 0 0 1 51 SD", // broken off in the answer
    "200 0 0 0 1 1003 sD", // silent in the answer
    "504 0 0 0 -1 2002 sH", // silent before it
    "502 0 0 0 -1 1 PH", // no HTTP
  ];
  for (const line of failed) expect(request(`3 s1 ${line}`)).toMatchObject({ failed: true });
  for (const line of ["-1 0 0 0 -1 98 CD", "200 0 0 0 1 51 CD", "200 0 0 0 1 51 cD", "404 0 0 0 1 1 --"]) {
    expect(request(`3 s1 ${line}`)).toMatchObject({ failed: false });
  }
});

test("lines of another process, of the proxy itself and of no known form count for nobody; a mark is a mark", () => {
  expect(request("2 s1 200 0 0 0 5 7 --")).toBeNull();
  expect(request("3 s1 200 0 0 0 5 --")).toBeNull();
  expect(request("backend releases has no server available!")).toBeNull();
  expect(request("")).toBeNull();
  for (const state of ["UP/READY (leaving forced maintenance).", "going DOWN for maintenance. 0 active …"]) {
    expect(request(`Server marks/mark is ${state}`)).toEqual({ kind: "mark" });
  }
});

const figures = { attempts: 0, open: 0, queued: 0, handshakes: 0, weight: 100, ready: true };
const none = { hints: 0, lost: 0, unanswered: 0 };

function loggedLines(lines: readonly string[]) {
  const logged = nothingLogged();
  for (const line of lines) {
    const one = readLine(`1 s1 ${line}`, 1);
    if (one?.kind === "request") tally(logged, one.request);
  }
  return logged;
}

test("requests, failures and latencies come together from the figures and the log", () => {
  const logged = loggedLines(["200 0 0 0 1 1 --", "200 0 0 0 1 120 --", "500 0 0 0 1 99999 --"]);
  const counters = countersOf({ ...figures, attempts: 5, open: 2 }, logged, none);
  expect(counters).toMatchObject({ requests: 3, failed: 1 });
  const at = (bound: number) => counters.latency[latencyBounds.indexOf(bound)];
  expect([at(1), at(150), counters.latency.at(-1)]).toEqual([1, 1, 1]);
});

test("an attempt that ended without a line had no answer: it failed", () => {
  const logged = loggedLines(["200 0 0 0 1 1 --"]);
  const seen = { ...figures, attempts: 4, open: 1 };
  expect(unansweredOf(seen, logged, 0)).toBe(2);
  expect(countersOf(seen, logged, { ...none, unanswered: 2 })).toMatchObject({ requests: 3, failed: 2 });
});

test("lines that the log dropped are no failures", () => {
  const logged = loggedLines(["200 0 0 0 1 1 --"]);
  expect(unansweredOf({ ...figures, attempts: 4, open: 1 }, logged, 2)).toBe(0);
  expect(
    unansweredOf({ ...figures, attempts: 1 }, loggedLines(["200 0 0 0 1 1 --", "200 0 0 0 1 1 --"]), 0),
  ).toBe(0);
});

test("a tunnel counts from its handshake on and once; hints before an answer are no tunnels", () => {
  const before = countersOf({ ...figures, attempts: 1, open: 1, handshakes: 1 }, nothingLogged(), none);
  expect(before).toMatchObject({ requests: 1, failed: 0 });
  const closed = loggedLines(["101 0 0 0 1 5000 --"]);
  const after = countersOf({ ...figures, attempts: 1, handshakes: 1 }, closed, none);
  expect(after).toMatchObject({ requests: 1, failed: 0 });
  const hinted = { ...figures, attempts: 1, open: 1, handshakes: 1 };
  expect(countersOf(hinted, nothingLogged(), { ...none, hints: 1 })).toMatchObject({ requests: 0 });
});
