import { isPlaceholder, looksRandom } from "./entropy.ts";

/** Where in a text a secret stands: offsets of its first character and behind its last. */
export type Spot = { rule: string; kind: string; start: number; end: number };

/** What the rules must know of a file: whether values stand there without quotes, and whether guessing makes sense. */
export type Manner = { unquoted: boolean; guess: boolean };

type Shape = { rule: string; kind: string; pattern: RegExp };

/** Secrets that tell themselves by their shape; the last group, or else all of it, is the secret. */
const shapes: Shape[] = [
  {
    rule: "jwt",
    kind: "a JSON web token",
    pattern: /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}/g,
  },
  { rule: "stripe-key", kind: "a Stripe key", pattern: /\b[rs]k_(?:live|test)_[0-9A-Za-z]{16,}/g },
  { rule: "stripe-webhook", kind: "a Stripe webhook secret", pattern: /\bwhsec_[0-9A-Za-z+/]{32,}/g },
  { rule: "google-api-key", kind: "a Google API key", pattern: /\bAIza[\w-]{35}\b/g },
  { rule: "google-oauth-secret", kind: "a Google OAuth secret", pattern: /\bGOCSPX-[\w-]{28}\b/g },
  { rule: "azure-storage-key", kind: "an Azure storage key", pattern: /AccountKey=([A-Za-z0-9+/]{86}==)/g },
  { rule: "digitalocean-token", kind: "a DigitalOcean token", pattern: /\bdo[opr]_v1_[0-9a-f]{64}\b/g },
  { rule: "telegram-bot-token", kind: "a Telegram bot token", pattern: /\b\d{8,10}:AA[\w-]{33}\b/g },
  { rule: "aws-access-key", kind: "an AWS access key", pattern: /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/g },
  { rule: "github-token", kind: "a GitHub token", pattern: /\bgh[oprsu]_[0-9A-Za-z]{36,}\b/g },
  { rule: "slack-token", kind: "a Slack token", pattern: /\bxox[abeoprs]-[0-9A-Za-z-]{10,}/g },
  { rule: "alpaca-key", kind: "an Alpaca key", pattern: /\b(?:PK|AK|CK)[A-Z0-9]{18}\b(?=[^\n]{0,80}$)/gm },
  {
    rule: "private-key",
    kind: "a private key",
    pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----\s*[A-Za-z0-9+/=\s]{32,}/g,
  },
];

/** A password in a URL. */
const inUrl = /\b[a-z][a-z0-9+.-]*:\/\/([^\s:/@"'<>]*):([^\s/@"'<>]{3,})@([^\s/:"'<>?]+)/gi;

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

const secretName =
  /(?:secret|passw(?:or)?d|passphrase|pwd|token|api[_-]?key|access[_-]?key|private[_-]?key|encryption[_-]?key|signing[_-]?key|auth[_-]?key|credential)s?(?:[_-]?(?:id|value))?$/i;

/** Names whose values are long and mixed, and no secret. */
const harmlessName =
  /(?:sha\d*|digest|hash|checksum|integrity|etag|public|fingerprint|file|path|url|uri|name|type|header|field|expires?|ttl|length|min|max|prefix|regex|pattern)s?$/i;

const quoted =
  /([A-Za-z_$][\w$.-]{1,60})["']?\s*(?::=|[:=]>?|,)\s*(?:[rbuf]{0,2})(["'`])((?:(?!\2)[^\n\\]|\\.){8,400})\2/g;
const bare =
  /^[ \t-]*(?:export\s+)?([A-Za-z_][\w.-]{1,60})[ \t]*[:=][ \t]*([^\s"'#][^\s#]{7,400})[ \t]*(?:#.*)?$/gm;

/** All that stands in a text and looks like a secret, in the order of its place. */
export function secretsIn(text: string, manner: Manner): Spot[] {
  const spots = [
    ...shapesIn(text),
    ...passwordsIn(text),
    ...(manner.guess ? assignmentsIn(text, manner) : []),
  ];
  return spots.sort((a, b) => a.start - b.start || b.end - a.end);
}

function shapesIn(text: string): Spot[] {
  return shapes.flatMap(({ rule, kind, pattern }) =>
    [...text.matchAll(pattern)].flatMap((match): Spot[] => {
      const secret = match.at(-1) ?? match[0];
      const start = match.index + match[0].lastIndexOf(secret);
      // Alpaca's shape alone is that of many words in capitals.
      if (rule === "alpaca-key" && !(/\d/.test(secret) && brokers[0]?.[1].test(around(text, start))))
        return [];
      return isPlaceholder(secret) ? [] : [{ rule, kind, start, end: start + secret.length }];
    }),
  );
}

/** Whether a URL with a password in it gives a real one away; what is no such URL may be anything. */
export function isSecretUrl(text: string): boolean {
  const found = [...text.matchAll(inUrl)];
  return found.length === 0 ? !/:\/\/[^@]*@/.test(text) || looksRandom(text) : found.some(givesAway);
}

function givesAway([, user = "", password = "", host = ""]: RegExpExecArray): boolean {
  if (isPlaceholder(password) || /^(example|.*\.example)(\.|$)/i.test(host)) return false;
  const local = /^(localhost|127\.|0\.0\.0\.0|\[?::1|db$|postgres|redis|host)/i.test(host);
  // What only opens a server on one's own machine, named after its user or short, is a default, no secret.
  return !(local && (password === user || password.length < 12));
}

function passwordsIn(text: string): Spot[] {
  return [...text.matchAll(inUrl)].filter(givesAway).map((match): Spot => {
    const [whole, , password = ""] = match;
    const start = match.index + whole.lastIndexOf(`:${password}@`) + 1;
    return { rule: "url-password", kind: "a password in a URL", start, end: start + password.length };
  });
}

function assignmentsIn(text: string, { unquoted }: Manner): Spot[] {
  const found: { name: string; value: string; at: number }[] = [];
  for (const match of text.matchAll(quoted)) {
    const [whole, name = "", , value = ""] = match;
    found.push({ name, value, at: match.index + whole.length - value.length - 1 });
  }
  if (unquoted) {
    for (const match of text.matchAll(bare)) {
      const [whole, name = "", value = ""] = match;
      found.push({ name, value, at: match.index + whole.indexOf(value, name.length) });
    }
  }
  return found.flatMap(({ name, value, at }): Spot[] => {
    const last = name.split(".").at(-1) ?? name;
    if (!secretName.test(last) || harmlessName.test(last) || isPlaceholder(value)) return [];
    const broker = brokers.find(([, names]) => names.test(name));
    const strong = broker ? value.length >= 12 && /\d/.test(value) && !/\s/.test(value) : looksRandom(value);
    if (!strong) return [];
    const end = at + value.length;
    return broker
      ? [{ rule: `${broker[0]}-credential`, kind: `a credential of ${broker[0]}`, start: at, end }]
      : [{ rule: "assigned-secret", kind: `a value that looks like a secret, in ${last}`, start: at, end }];
  });
}

const around = (text: string, at: number): string => text.slice(Math.max(0, at - 120), at + 120);
