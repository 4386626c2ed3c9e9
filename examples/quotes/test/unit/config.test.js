import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, readConfig } from "../../src/config.js";

const good = { DATABASE_URL: "postgres://u:p@localhost/q", PORT: "8080", VERSION: "1.2.3" };

test("a complete environment is read, with defaults for the rest", () => {
  assert.deepEqual(readConfig(good), {
    databaseUrl: "postgres://u:p@localhost/q",
    version: "1.2.3",
    revision: null,
    host: "127.0.0.1",
    port: 8080,
    maxOrderSize: 1000,
    maxPositionSize: 1_000_000,
    fault: null,
  });
});

test("all that is missing or wrong is named at once", () => {
  const wrong = { PORT: "99999", MAX_ORDER_SIZE: "-1", QUOTES_FAULT: "slow" };
  assert.throws(
    () => readConfig(wrong),
    (error) => {
      assert.ok(error instanceof ConfigError);
      for (const name of [
        "DATABASE_URL is missing",
        "VERSION is missing",
        'PORT is "99999"',
        "MAX_ORDER_SIZE",
        "QUOTES_FAULT",
      ])
        assert.ok(error.message.includes(name), `${name} in ${error.message}`);
      return true;
    },
  );
});

for (const [text, fault] of [
  ["never-ready", { kind: "never-ready", amount: 0 }],
  ["crash-on-start", { kind: "crash-on-start", amount: 0 }],
  ["slow:400", { kind: "slow", amount: 400 }],
  ["error-rate:0.25", { kind: "error-rate", amount: 0.25 }],
])
  test(`the fault ${text} is understood`, () => {
    assert.deepEqual(readConfig({ ...good, QUOTES_FAULT: text }).fault, fault);
  });
