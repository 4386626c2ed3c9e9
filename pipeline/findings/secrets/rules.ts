import { assignmentsIn, headersIn } from "./assignments.ts";
import { isPlaceholder } from "./entropy.ts";
import { brokerOf } from "./names.ts";
import type { Manner, Spot } from "./spot.ts";
import { passwordsIn } from "./urls.ts";

type Shape = { rule: string; kind: string; pattern: RegExp };

/** Secrets that tell themselves by their shape; the last group, or else all of it, is the secret. */
const shapes: Shape[] = [
  {
    rule: "jwt",
    kind: "a JSON web token",
    pattern: /(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}/g,
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
    // Line ends may be written out, and each line be a text of its own.
    pattern:
      /-----BEGIN (?:[A-Z]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:Version: [^\n\\]{0,80}|[\s"'+,]|\\{1,2}[nr]){0,60}[A-Za-z0-9+/]{32}(?:[A-Za-z0-9+/=\s]|\\{1,2}[nr])*/g,
  },
];

/** All that stands in a text and looks like a secret, in the order of its place. */
export function secretsIn(text: string, manner: Manner): Spot[] {
  const spots = [
    ...shapesIn(text),
    ...passwordsIn(text),
    ...(manner.guess ? [...headersIn(text), ...assignmentsIn(text, manner)] : []),
  ];
  return spots.sort((a, b) => a.start - b.start || b.end - a.end);
}

function shapesIn(text: string): Spot[] {
  return shapes.flatMap(({ rule, kind, pattern }) =>
    [...text.matchAll(pattern)].flatMap((match): Spot[] => {
      const secret = match.at(-1) ?? match[0];
      const start = match.index + match[0].lastIndexOf(secret);
      // Alpaca's shape alone is that of many words in capitals.
      if (rule === "alpaca-key" && !(/\d/.test(secret) && brokerOf(around(text, start)) === "alpaca"))
        return [];
      return isPlaceholder(secret) ? [] : [{ rule, kind, start, end: start + secret.length }];
    }),
  );
}

const around = (text: string, at: number): string => text.slice(Math.max(0, at - 120), at + 120);
