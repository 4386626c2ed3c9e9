import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { backoffMs, createOutbox, outboxLimits } from "../../pipeline/notify/outbox.ts";
import type { OutboxItem } from "../../pipeline/notify/outbox-item.ts";

let state: string;
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "bellwether-outbox-"));
});
afterEach(() => rm(state, { recursive: true, force: true }));

const item = (id: string, at: number, over: Partial<OutboxItem> = {}): OutboxItem => ({
  format: 1,
  id,
  channel: {
    kind: "slack",
    url: { from: "env", name: "HOOK", minLength: 1 },
    secret: null,
    on: ["failed"],
  },
  message: {
    id,
    event: "returned",
    app: "quotes",
    environment: "production",
    version: "1.2.0",
    actor: "asha",
    reason: null,
    link: null,
    journal: null,
    run: "r1",
    at,
  },
  attempts: 3,
  lastError: "the connection was refused",
  nextAt: 0,
  ...over,
});

test("a message is a file of its own that only its owner reads, and comes back as it was", async () => {
  const outbox = createOutbox(state);
  await outbox.put(item("b", 20));
  await outbox.put(item("a", 10));
  expect(await createOutbox(state).due(100)).toEqual({
    items: [item("a", 10), item("b", 20)],
    dropped: [],
  });
  expect((await stat(join(state, "outbox", "a.json"))).mode & 0o777).toBe(0o600);
  await outbox.remove("a");
  expect(await readdir(join(state, "outbox"))).toEqual(["b.json"]);
});

test("an outbox that was never written to is empty, and looking makes nothing", async () => {
  expect(await createOutbox(state).due(0)).toEqual({ items: [], dropped: [] });
  expect(await readdir(state)).toEqual([]);
});

test("a message is not tried before its time", async () => {
  const outbox = createOutbox(state);
  await outbox.put(item("a", 10, { nextAt: 101 }));
  expect((await outbox.due(100)).items).toEqual([]);
  expect((await outbox.due(101)).items).toHaveLength(1);
});

test("B47: what is more than a day old is given up, and said", async () => {
  const outbox = createOutbox(state);
  await outbox.put(item("old", 10));
  const { items, dropped } = await outbox.due(10 + outboxLimits.ageMs + 1);
  expect(items).toEqual([]);
  expect(dropped).toEqual([
    "slack was not told that 1.2.0 on production is returned: the connection was refused; given up, it is more than a day old",
  ]);
  expect(await readdir(join(state, "outbox"))).toEqual([]);
});

test("of more messages than may wait the oldest go", async () => {
  const outbox = createOutbox(state);
  await Promise.all(
    Array.from({ length: outboxLimits.count + 2 }, (_, index) => outbox.put(item(`m${index}`, index))),
  );
  const { items, dropped } = await outbox.due(1_000);
  expect(items).toHaveLength(outboxLimits.count);
  expect(items[0]?.id).toBe("m2");
  expect(dropped).toHaveLength(2);
});

test.each(["", "{", "[]", '{"format":2}', JSON.stringify({ ...item("x", 1), message: null })])(
  "a damaged message (%j) is removed and said; the others are whole",
  async (text) => {
    const outbox = createOutbox(state);
    await outbox.put(item("whole", 1));
    await writeFile(join(state, "outbox", "broken.json"), text);
    const { items, dropped } = await outbox.due(10);
    expect(items.map(({ id }) => id)).toEqual(["whole"]);
    expect(dropped).toEqual(["outbox: broken.json is damaged and was removed"]);
    expect(await readdir(join(state, "outbox"))).toEqual(["whole.json"]);
  },
);

test("the pause before the next run tries again grows to an hour", () => {
  expect([3, 6, 9, 12, 60].map(backoffMs)).toEqual([30_000, 60_000, 120_000, 240_000, 3_600_000]);
});
