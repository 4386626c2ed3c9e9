import { createHmac } from "node:crypto";

export const signatureHeader = "X-Bellwether-Signature";
export const timestampHeader = "X-Bellwether-Timestamp";

/**
 * `sha256=HEX`: HMAC-SHA256 over `TIMESTAMP.BODY` (seconds since the epoch, as in the timestamp's header). A
 * receiver computes the same, and refuses a timestamp that is more than a few minutes old.
 */
export const signature = (key: string, timestamp: number, body: string): string =>
  `sha256=${createHmac("sha256", key).update(`${timestamp}.${body}`).digest("hex")}`;
