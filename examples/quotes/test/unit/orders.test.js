import assert from "node:assert/strict";
import { test } from "node:test";
import { readOrder } from "../../src/orders.js";

const good = { symbol: "AAPL", side: "buy", quantity: 10 };

test("a good order is taken as it is", () => {
  assert.deepEqual(readOrder(good, 10), good);
});

for (const [name, body, status] of [
  ["no object", [], 400],
  ["null", null, 400],
  ["an unknown symbol", { ...good, symbol: "XXXX" }, 400],
  ["an unknown side", { ...good, side: "hold" }, 400],
  ["a quantity of zero", { ...good, quantity: 0 }, 400],
  ["a part of a share", { ...good, quantity: 1.5 }, 400],
  ["a quantity that is text", { ...good, quantity: "1" }, 400],
  ["an unknown field", { ...good, price: 1 }, 400],
  ["a quantity above the limit", { ...good, quantity: 11 }, 422],
])
  test(`${name} is refused with ${status}`, () => {
    assert.throws(() => readOrder(body, 10), { status });
  });
