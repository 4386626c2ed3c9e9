import { expect, test } from "vitest";
import { p95 } from "../../../pipeline/deploy/traffic.ts";
import { HostNginxCounters } from "../../../pipeline/routers/nginx/host-counters.ts";
import { unwrap } from "../../support/unwrap.ts";

const figures = ["blue 21000", "green 21001"];
const bases = ["blue 1.0.0-aaa 0", "green 1.1.0-bbb 100"];
const read = (log: string[], ports = figures) => {
  const counters = new HostNginxCounters();
  return unwrap(counters.read({ figures: ports, bases, log }));
};

test("requests are counted by the port that they went to, failures by their status, times in ms", () => {
  const found = read([
    "40 200|0.003|127.0.0.1:21000|200",
    "140 200|0.120|127.0.0.1:21001|200",
    "180 500|0.001|127.0.0.1:21001|500",
  ]);
  expect(found["1.0.0-aaa"]).toMatchObject({ requests: 1, failed: 0 });
  expect(found["1.1.0-bbb"]).toMatchObject({ requests: 2, failed: 1 });
  expect(p95(found["1.0.0-aaa"]?.latency ?? [])).toBeCloseTo(3, 0);
});

test("a connection that was refused, and the try that followed it, are two attempts", () => {
  const found = read(["140 200|0.000, 0.002|127.0.0.1:21001, 127.0.0.1:21000|502, 200"]);
  expect(found["1.1.0-bbb"]).toMatchObject({ requests: 1, failed: 1 });
  expect(found["1.0.0-aaa"]).toMatchObject({ requests: 1, failed: 0 });
});

test.each([
  ["before the release had the slot", "90 200|0.001|127.0.0.1:21001|200"],
  ["by a client that went away before an answer", "140 499|0.900|127.0.0.1:21001|-"],
  ["with no answer from a release at all", "140 503|-|-|-"],
  ["to a port that is nobody's", "140 200|0.001|127.0.0.1:1|200"],
  ["broken off", "140 200|"],
])("nothing is counted for a line %s", (_, line) => {
  expect(read([line])["1.1.0-bbb"]).toMatchObject({ requests: 0, failed: 0 });
});

test("one process that two releases share speaks for both", () => {
  const found = read(["140 502|0.001|127.0.0.1:21000|502"], ["blue 21000", "green 21000"]);
  expect(found["1.0.0-aaa"]).toMatchObject({ requests: 1, failed: 1 });
  expect(found["1.1.0-bbb"]).toMatchObject({ requests: 1, failed: 1 });
});

test("figures only rise from one reading to the next, and begin anew with another release in the slot", () => {
  const counters = new HostNginxCounters();
  const line = "140 200|0.001|127.0.0.1:21001|200";
  const first = unwrap(counters.read({ figures, bases, log: [line] }));
  expect(counters.last).toBe("140");
  const second = unwrap(counters.read({ figures, bases, log: [line.replace("140", "180")] }));
  expect(first["1.1.0-bbb"]?.requests).toBe(1);
  expect(second["1.1.0-bbb"]?.requests).toBe(2);
  const third = unwrap(counters.read({ figures, bases: ["green 1.2.0-ccc 180"], log: [] }));
  expect(third["1.2.0-ccc"]?.requests).toBe(0);
});
