import { parseJson } from "./body.js";
import { quote, symbols } from "./market.js";
import { readOrder } from "./orders.js";
import { Refused } from "./refused.js";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const readyLimitMs = 1000;

const json = (status, value, headers = {}) => ({ status, value, headers });
const notFound = (message) => json(404, { error: "not-found", message });

/**
 * The routes of the service: pattern → method → handler(parameter, headers, body) → { status, value | text, headers }.
 * `traded` routes are those that faults apply to.
 */
export function createRoutes({ config, pool, orders, metrics, faults, state, now }) {
  const ready = async () => {
    const reason = state.draining ? "shutting down" : (faults.unready() ?? (await databaseProblem(pool)));
    return reason === null ? json(200, { status: "ready" }) : json(503, { status: "not ready", reason });
  };
  const ok = () => json(200, { status: "ok" });
  const getQuote = (symbol) => {
    const found = quote(symbol, now());
    return found === null
      ? notFound(`unknown symbol ${symbol}; known are ${symbols.join(", ")}`)
      : json(200, found);
  };
  const getOrder = async (id) => {
    const found = uuid.test(id) ? await orders.find(id) : null;
    return found === null ? notFound("unknown order") : json(200, found);
  };
  const postOrder = async (_none, headers, body) => {
    const key = headers["idempotency-key"] ?? null;
    if (key !== null && (key === "" || key.length > 128))
      throw new Refused(400, "invalid-key", "Idempotency-Key must have 1 to 128 characters");
    const order = readOrder(parseJson(body), config.maxOrderSize);
    const { price } = quote(order.symbol, now());
    const placed = await orders.place(order, price, key);
    if (!placed.replayed) metrics.order(order.side);
    const location = { location: `/orders/${placed.order.id}` };
    return json(
      201,
      placed.order,
      placed.replayed ? { ...location, "idempotent-replayed": "true" } : location,
    );
  };
  const text = () => ({
    status: 200,
    text: metrics.text({ version: config.version, streams: state.streams() }),
  });
  return [
    { route: "/health/live", pattern: /^\/health\/live$/, GET: ok },
    { route: "/health/startup", pattern: /^\/health\/startup$/, GET: ok },
    { route: "/health/ready", pattern: /^\/health\/ready$/, GET: ready },
    { route: "/metrics", pattern: /^\/metrics$/, GET: text },
    {
      route: "/version",
      pattern: /^\/version$/,
      GET: () => json(200, { version: config.version, revision: config.revision }),
    },
    { route: "/quotes/:symbol", pattern: /^\/quotes\/([^/]+)$/, GET: getQuote, traded: true },
    { route: "/orders/:id", pattern: /^\/orders\/([^/]+)$/, GET: getOrder, traded: true },
    { route: "/orders", pattern: /^\/orders$/, POST: postOrder, traded: true },
  ];
}

/** Why the database does not serve, or null. */
async function databaseProblem(pool) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, readyLimitMs, `database: no answer within ${readyLimitMs} ms`);
  });
  const asked = pool.query("select 1").then(
    () => null,
    (error) => `database: ${error.message || error.code || "no connection"}`,
  );
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
