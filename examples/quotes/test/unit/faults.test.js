import assert from "node:assert/strict";
import { test } from "node:test";
import { Faults } from "../../src/faults.js";

const at = (kind, amount, seconds = 0) => new Faults({ kind, amount }, () => seconds);
const failures = (faults, count) =>
  Array.from({ length: count }, () => faults.fails()).filter(Boolean).length;

test("without a fault nothing fails, waits or crashes", () => {
  const none = new Faults(null, () => 1e6);
  assert.deepEqual(
    [none.unready(), none.delay, none.crashAfter, none.crashesOnStart, failures(none, 100)],
    [null, 0, null, false, 0],
  );
});

test("never-ready is not ready and serves", () => {
  assert.equal(at("never-ready", 0).unready(), "fault: never-ready");
  assert.equal(failures(at("never-ready", 0), 10), 0);
});

test("fail-after serves until its time, then fails and is not ready", () => {
  const before = at("fail-after", 5, 4.9);
  assert.deepEqual([before.unready(), failures(before, 10)], [null, 0]);
  const after = at("fail-after", 5, 5);
  assert.deepEqual([after.unready(), failures(after, 10)], ["fault: fail-after", 10]);
});

test("an error rate is kept exactly", () => {
  assert.equal(failures(at("error-rate", 0.25), 100), 25);
  assert.equal(failures(at("error-rate", 1), 10), 10);
});

test("slow waits, crash-after says when", () => {
  assert.equal(at("slow", 400).delay, 400);
  assert.equal(at("crash-after", 3).crashAfter, 3);
});
