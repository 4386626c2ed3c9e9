/** Shannon entropy of a text in bits a character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/**
 * Shapes that stand where a secret will stand. Keys and tokens of thousands of random characters are judged by it, too:
 * what is looked for anywhere is too long, or holds signs that none of them has, to stand there by chance.
 */
const placeholders = [
  // References to where the value is.
  /\$\{|\$\(|\{\{|\{[A-Za-z_][\w.]*\}|process\.env|os\.environ|getenv|\bsecrets\.|^vault:|^\$\w+$|^%\w+%$|^@\w+@$|^<.*>$|^\[.*\]$|^\{.*\}$/,
  // What is left out.
  /\*\*\*|\.\.\.|…|^[xX]{3}|([xX])\1\1$|x{8}|X{8}/,
  // Words, in one case: of random characters, one in millions has such a word.
  /change[-_ ]?me|example|sample|dummy|placeholder|replace|insert|redacted|masked/,
  /CHANGE[-_ ]?ME|EXAMPLE|SAMPLE|DUMMY|PLACEHOLDER|REPLACE|INSERT|REDACTED|MASKED/,
  /(?:Change[-_ ]?Me|Example|Sample|Dummy|Placeholder|Replace|Insert|Redacted|Masked)(?![A-Z]{2}|\d)/,
  // Short words, where they stand by themselves.
  /(?:^|[-_ .:])(?:your[-_ ]|my[-_ ](?:secret|pass|token|key|api)|(?:todo|fixme|xxx+)(?:$|[-_ .:]))/i,
  /^(?:my|your)(?:secret|password|token|key)/i,
  /^(test|tests|testing|password|passwd|secret|token|none|null|true|false|undefined|empty|default|admin|root|user|guest|postgres|redis|localhost|foo|bar|baz|abc|qwerty|hunter2)[-_]?\d*$/i,
  // One character again and again, runs of letters and digits, and names of variables.
  /^(.)\1*$|^(?:0123456789|1234567890|abcdef)/i,
  /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/,
];

/** Whether a value cannot be a real secret: a placeholder, a reference, or what only shows what one looks like. */
export const isPlaceholder = (value: string): boolean => placeholders.some((shape) => shape.test(value));

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a value looks as if a machine had drawn it: long and mixed, and neither a UUID, a path nor words. */
export function looksRandom(value: string): boolean {
  if (value.length < 16 || /\s/.test(value) || uuid.test(value)) return false;
  if (/^https?:/.test(value)) return false;
  if (isWords(value)) return false;
  if (/^[a-z]+([-_. ][a-z]+)*$/i.test(value) && entropy(value) < 4) return false;
  if (/^[0-9a-f]+$/i.test(value)) return value.length >= 32 && entropy(value) >= 3;
  return /\d/.test(value) && /[A-Za-z]/.test(value) && entropy(value) >= 3.5;
}

/** Whether a value is a path, or a name of several words: parts in which letters and digits seldom take turns. */
export const isWords = (value: string): boolean =>
  /^[\w./-]*$/.test(value) &&
  ((/[/.]/.test(value) && changes(value) < 0.35) || (/[_-]/.test(value) && changes(value) < 0.15));

/**
 * How often small letters, capitals and digits take turns, of 1: random base64 changes with two characters of three;
 * paths and names of members, made of words, with few.
 */
function changes(value: string): number {
  const kinds = [...value].map((one) =>
    /[a-z]/.test(one) ? 1 : /[A-Z]/.test(one) ? 2 : /\d/.test(one) ? 3 : 0,
  );
  const turns = kinds.filter(
    (kind, at) => kind !== 0 && kinds[at - 1] !== 0 && kind !== (kinds[at - 1] ?? kind),
  );
  return turns.length / value.length;
}
