/** Fields whose texts are the program's own words, or digests: a secret that equals one may not change what they say. */
const ownWords = new Set([
  "kind",
  "level",
  "severity",
  "outcome",
  "signal",
  "expires",
  "fingerprint",
  "step",
]);

/** The value with every text in it, that came from what a step wrote, shown by `hide`. */
export function hidden<T>(value: T, hide: (text: string) => string): T;
export function hidden(value: unknown, hide: (text: string) => string): unknown {
  if (typeof value === "string") return hide(value);
  if (Array.isArray(value)) return value.map((each) => hidden(each, hide));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, ownWords.has(name) ? each : hidden(each, hide)]),
  );
}
