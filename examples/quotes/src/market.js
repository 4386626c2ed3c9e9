const open = { AAPL: 232.5, AMZN: 224.1, GOOG: 196.4, MSFT: 447.8, NVDA: 138.2, TSLA: 351.6 };

export const symbols = Object.keys(open);

/** Milliseconds between two ticks. */
export const tickMs = 250;

/** The quote of a symbol at a time: the same time gives the same quote in every process. Null: unknown symbol. */
export function quote(symbol, now) {
  if (!Object.hasOwn(open, symbol)) return null;
  const tick = Math.floor(now / tickMs);
  const seed = [...symbol].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7);
  const wave = Math.sin(tick / 97 + seed) * 0.012 + Math.sin(tick / 11 + seed * 3) * 0.002;
  const price = cents(open[symbol] * (1 + wave + noise(seed, tick) * 0.001));
  const spread = Math.max(0.01, cents(price * 0.0001));
  return {
    symbol,
    price,
    bid: cents(price - spread),
    ask: cents(price + spread),
    currency: "USD",
    at: new Date(tick * tickMs).toISOString(),
  };
}

const cents = (value) => Math.round(value * 100) / 100;

/** A number from -1 to 1 that looks random and is not. */
function noise(seed, tick) {
  let mixed = Math.imul(seed ^ tick, 0x45d9f3b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b);
  return ((mixed ^ (mixed >>> 16)) | 0) / 0x80000000;
}
