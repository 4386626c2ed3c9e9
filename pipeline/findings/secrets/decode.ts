/** How much of a file tells what it is, in bytes. */
const beginning = 8_000;

/** The text of a file: UTF-8, or UTF-16 with or without its mark; null: it is binary. */
export function textOf(bytes: Uint8Array): string | null {
  const begin = bytes.subarray(0, beginning);
  if (begin[0] === 0xff && begin[1] === 0xfe) return decoded("utf-16le", bytes);
  if (begin[0] === 0xfe && begin[1] === 0xff) return decoded("utf-16be", bytes);
  if (!begin.includes(0)) return decoded("utf-8", bytes);
  const [even, odd] = [nulsAt(begin, 0), nulsAt(begin, 1)];
  // Every other byte of Latin text is a NUL.
  if (odd > 0.3 && even < 0.05) return decoded("utf-16le", bytes);
  if (even > 0.3 && odd < 0.05) return decoded("utf-16be", bytes);
  return isReadable(decoded("utf-8", begin)) ? decoded("utf-8", bytes) : null;
}

const decoded = (encoding: string, bytes: Uint8Array): string => new TextDecoder(encoding).decode(bytes);

/** The part of the bytes at even or odd places that are NUL. */
function nulsAt(bytes: Uint8Array, parity: 0 | 1): number {
  const there = bytes.filter((_byte, at) => at % 2 === parity);
  return there.filter((byte) => byte === 0).length / there.length;
}

/** Whether a text is one although there are NULs in it: few of its characters are no signs that people write. */
export function isReadable(text: string): boolean {
  const begin = text.slice(0, beginning);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what tells.
  const odd = begin.match(/[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]/g)?.length ?? 0;
  return odd <= begin.length / 10;
}
