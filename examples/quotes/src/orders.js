import { randomUUID } from "node:crypto";
import { symbols } from "./market.js";
import { Refused } from "./refused.js";

const keys = ["symbol", "side", "quantity"];

/** Checks the body of POST /orders; gives the order or throws Refused. */
export function readOrder(body, maxOrderSize) {
  const bad = (message) => new Refused(400, "invalid-order", message);
  if (body === null || typeof body !== "object" || Array.isArray(body)) throw bad("expected an object");
  const unknown = Object.keys(body).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw bad(`unknown field ${unknown}; known are ${keys.join(", ")}`);
  const { symbol, side, quantity } = body;
  if (!symbols.includes(symbol)) throw bad(`symbol must be one of ${symbols.join(", ")}`);
  if (side !== "buy" && side !== "sell") throw bad("side must be buy or sell");
  if (!Number.isInteger(quantity) || quantity <= 0) throw bad("quantity must be a whole number above 0");
  if (quantity > maxOrderSize)
    throw new Refused(422, "order-too-large", `quantity ${quantity} is above the limit ${maxOrderSize}`);
  return { symbol, side, quantity };
}

/** Paper orders in PostgreSQL, filled at once at the price given. */
export class Orders {
  #pool;
  #maxPosition;

  constructor(pool, maxPosition) {
    this.#pool = pool;
    this.#maxPosition = maxPosition;
  }

  /** Books an order once a key: `replayed` says that it had been booked before. */
  async place(order, price, key) {
    const client = await this.#pool.connect();
    try {
      await client.query("begin");
      const booked = await this.#book(client, order, price, key);
      await client.query("commit");
      client.release();
      return booked;
    } catch (error) {
      // A connection whose rollback fails is not given back to the pool.
      const rollback = await client.query("rollback").catch((broken) => broken);
      client.release(rollback instanceof Error);
      throw error;
    }
  }

  async #book(client, { symbol, side, quantity }, price, key) {
    const inserted = await client.query(
      `insert into orders (id, symbol, side, quantity, price, idempotency_key)
       values ($1, $2, $3, $4, $5, $6) on conflict (idempotency_key) do nothing returning *`,
      [randomUUID(), symbol, side, quantity, price, key],
    );
    if (inserted.rowCount === 0) {
      const { rows } = await client.query("select * from orders where idempotency_key = $1", [key]);
      const same = rows[0].symbol === symbol && rows[0].side === side && rows[0].quantity === quantity;
      if (!same)
        throw new Refused(422, "idempotency-key-reused", "this Idempotency-Key was used for another order");
      return { order: view(rows[0]), replayed: true };
    }
    // One statement decides and books, so that two orders at once cannot both fit into the same room.
    await client.query("insert into positions (symbol) values ($1) on conflict do nothing", [symbol]);
    const change = side === "buy" ? quantity : -quantity;
    const moved = await client.query(
      `update positions set quantity = quantity + $2::bigint
       where symbol = $1 and (abs(quantity + $2::bigint) <= $3 or abs(quantity + $2::bigint) < abs(quantity))
       returning quantity`,
      [symbol, change, this.#maxPosition],
    );
    if (moved.rowCount === 0)
      throw new Refused(422, "position-limit", `the position in ${symbol} would pass ${this.#maxPosition}`);
    return { order: view(inserted.rows[0]), replayed: false };
  }

  /** The order of an id, or null. */
  async find(id) {
    const { rows } = await this.#pool.query("select * from orders where id = $1", [id]);
    return rows.length === 0 ? null : view(rows[0]);
  }
}

const view = (row) => ({
  id: row.id,
  symbol: row.symbol,
  side: row.side,
  quantity: row.quantity,
  price: Number(row.price),
  status: "filled",
  createdAt: row.created_at.toISOString(),
});
