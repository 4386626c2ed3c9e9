import { createHash } from "node:crypto";

/** JSON with keys sorted at every depth and no undefined: equal values give equal text (RFC 8785 in spirit). */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === null || typeof inner !== "object" || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}

/** sha256, hex, of text or bytes. */
export const sha256 = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");

/** The identity of a JSON value: sha256 (hex) of its canonical JSON. */
export const digestOf = (value: unknown): string => sha256(canonicalJson(value));
