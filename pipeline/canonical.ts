import { hash } from "node:crypto";

/** JSON with keys sorted at every depth and no undefined: equal values give equal text (RFC 8785 in spirit). */
export const canonicalJson = (value: unknown): string => JSON.stringify(sorted(value));

/** The value with sorted keys: JSON's own way to put another value in place of each is several times slower. */
function sorted(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if ("toJSON" in value && typeof value.toJSON === "function") return sorted(value.toJSON());
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, sorted((value as Record<string, unknown>)[name])]),
  );
}

/** sha256, hex, of text or bytes. */
export const sha256 = (data: string | Uint8Array): string => hash("sha256", data);

/** The identity of a JSON value: sha256 (hex) of its canonical JSON. */
export const digestOf = (value: unknown): string => sha256(canonicalJson(value));
