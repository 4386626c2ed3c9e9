import { expect, test } from "vitest";
import { noCounters } from "../../../pipeline/deploy/traffic.ts";
import { Slots } from "../../../pipeline/routers/haproxy/slots.ts";

const served = (requests: number) => ({ ...noCounters(), requests });

test("a release keeps its slot, slots are taken in turn, and one without weight gives way to one more", () => {
  const slots = new Slots();
  const { length } = slots.all;
  for (let i = 0; i < length; i++) slots.take(slots.next(), `r${i}`, 4000 + i);
  expect(slots.all.map(({ release }) => release)).toEqual(Array.from({ length }, (_, i) => `r${i}`));
  slots.share({ r0: 100 });
  expect(slots.next().release).toBe("r1");
});

test("what a release was counted goes with it from slot to slot and process to process, and nobody else gets it", () => {
  const slots = new Slots();
  const first = slots.next();
  slots.take(first, "a", 4001);
  first.counted = served(5);
  slots.restarted();
  expect(slots.counters().a).toMatchObject({ requests: 5 });
  first.counted = served(2);
  first.leaving = true;
  const second = slots.next();
  slots.take(second, "a", 4002);
  second.counted = served(1);
  expect(slots.counters().a).toMatchObject({ requests: 8 });
  slots.leave(first);
  expect(slots.counters().a).toMatchObject({ requests: 8 });
  expect(slots.of("a")).toBe(second);
  slots.take(first, "b", 4003);
  expect(slots.counters()).toMatchObject({ a: { requests: 8 }, b: { requests: 0 } });
  expect(first.before).toMatchObject({ requests: 2 });
  slots.forget("a");
  expect(slots.counters()).toEqual({ b: noCounters() });
});

test("weights follow the release; a slot that it leaves has none", () => {
  const slots = new Slots();
  slots.share({ a: 90, b: 10 });
  const [one, two] = [slots.next(), slots.next()];
  slots.take(one, "a", 4001);
  slots.take(two, "b", 4002);
  expect([one.weight, two.weight]).toEqual([90, 10]);
  one.leaving = true;
  const three = slots.next();
  slots.take(three, "a", 4003);
  expect([one.weight, two.weight, three.weight]).toEqual([0, 10, 90]);
});
