/** Shannon entropy of a text in bits a character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** Words and shapes that stand where a secret will stand, or that only show what one looks like. */
const placeholder =
  /change[-_ ]?me|example|sample|dummy|placeholder|replace|insert|your[-_ ]|my[-_ ](secret|password|token|key)|todo|fixme|redacted|masked|xxx|\*\*\*|\.\.\.|…|^<.*>$|^\[.*\]$|\$\{|\$\(|\{\{|^\$\w+$|^%\w+%$|^@\w+@$|process\.env|os\.environ|getenv|secrets\.|vault:|^(test|tests|testing|password|passwd|secret|token|none|null|true|false|undefined|empty|default|admin|root|user|guest|postgres|redis|localhost|foo|bar|baz|abc|qwerty|hunter2)[-_]?\d*$/i;

/** Whether a value cannot be a real secret: a placeholder, a reference, one repeated character, or a run of letters. */
export const isPlaceholder = (value: string): boolean =>
  placeholder.test(value) || /^(.)\1*$/.test(value) || /^(0123456789|1234567890|abcdef)/i.test(value);

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a value looks as if a machine had drawn it: long and mixed, and neither a UUID, a path nor words. */
export function looksRandom(value: string): boolean {
  if (value.length < 16 || /\s/.test(value) || uuid.test(value)) return false;
  if (/^[\w.-]*\/[\w./-]*$/.test(value) || /^https?:/.test(value)) return false;
  if (/^[a-z]+([-_. ][a-z]+)*$/i.test(value) && entropy(value) < 4) return false;
  if (/^[0-9a-f]+$/i.test(value)) return value.length >= 32 && entropy(value) >= 3;
  return /\d/.test(value) && /[A-Za-z]/.test(value) && entropy(value) >= 3.5;
}
