import assert from "node:assert/strict";
import { test } from "node:test";
import { quote, symbols, tickMs } from "../../src/market.js";

const noon = Date.UTC(2026, 0, 5, 12);

test("the same tick gives the same quote, the next one another", () => {
  assert.deepEqual(quote("AAPL", noon), quote("AAPL", noon + tickMs - 1));
  assert.notDeepEqual(quote("AAPL", noon), quote("AAPL", noon + tickMs));
});

test("bid is below price, ask above, for every symbol through a day", () => {
  for (const symbol of symbols)
    for (let at = noon; at < noon + 86_400_000; at += 599_999) {
      const { bid, price, ask } = quote(symbol, at);
      assert.ok(0 < bid && bid < price && price < ask, `${symbol} ${bid} ${price} ${ask}`);
    }
});

test("prices move by less than 2 % around the open", () => {
  const prices = Array.from({ length: 2000 }, (_, at) => quote("AAPL", noon + at * tickMs).price);
  assert.ok(Math.max(...prices) < 232.5 * 1.02 && Math.min(...prices) > 232.5 * 0.98);
});

test("an unknown symbol and the names of an object's own methods have no quote", () => {
  for (const symbol of ["XXXX", "aapl", "toString", "__proto__", ""]) assert.equal(quote(symbol, noon), null);
});
