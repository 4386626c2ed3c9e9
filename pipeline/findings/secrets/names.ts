/** Words of which one is in every name of a secret. */
export const telling =
  /secret|passw(?:or)?d|passphrase|pwd|token|(?:api|access|private|encryption|signing|auth)[_-]?key|credential|[_-]pass\b/gi;

const secretName =
  /(?:secret|secret[_-]?key|passw(?:or)?d|passphrase|pwd|[_-]pass|token|api[_-]?key|access[_-]?key|private[_-]?key|encryption[_-]?key|signing[_-]?key|auth[_-]?key|credential)s?(?:[_-]?(?:id|value|base|prod|production|live|paper|staging|\d{1,2}))?$/i;

/** Names whose values are long and mixed, and no secret. */
const harmlessName =
  /(?:sha\d*|digest|hash|checksum|integrity|etag|public|fingerprint|file|path|url|uri|name|type|header|field|expires?|ttl|length|min|max|prefix|regex|pattern)s?$/i;

export const isSecretName = (name: string): boolean => secretName.test(name) && !harmlessName.test(name);

/** Brokers whose names in a variable say what its value opens. */
const brokers: [string, RegExp][] = [
  ["alpaca", /alpaca|apca/i],
  ["binance", /binance/i],
  ["zerodha", /zerodha|kite(?!s)/i],
  ["interactive-brokers", /ibkr|interactive_?brokers|\bib_/i],
  ["upstox", /upstox/i],
  ["coinbase", /coinbase/i],
  ["kraken", /kraken/i],
];

/** The broker that a text names, or null. */
export const brokerOf = (text: string): string | null =>
  brokers.find(([, names]) => names.test(text))?.[0] ?? null;
