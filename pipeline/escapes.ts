/** A text without the escapes of markup and JSON, and where each of its characters stood in the original. */
export type Plain = { text: string; original(index: number): number };

/** CDATA that ends and begins again (for a `]]>` in it), entities (escaped twice, too), `\u003c`, and `\"`. */
const escapes =
  /\]\]><!\[CDATA\[|&(?:amp;)*(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos|nbsp));|\\+u([0-9a-fA-F]{4})|\\+(["/\\])/g;

const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };

/** Undoes what writers of XML, HTML and JSON do to single characters, in whatever mixture; null where nothing was done. */
export function unescaped(text: string): Plain | null {
  if (!/[&\\]|\]\]>/.test(text)) return null;
  let plain = "";
  let from = 0;
  // Where an escape's character stands, and how far what follows it moved.
  const at: number[] = [];
  const moved: number[] = [];
  for (const match of text.matchAll(escapes)) {
    const [whole, decimal, hex, name, unit, sign] = match;
    plain += text.slice(from, match.index);
    plain += characterOf(decimal, hex ?? unit, name, sign);
    from = match.index + whole.length;
    at.push(plain.length);
    moved.push(from - plain.length);
  }
  if (at.length === 0) return null;
  return { text: plain + text.slice(from), original: (index) => index + (moved[lastUpTo(at, index)] ?? 0) };
}

function characterOf(decimal?: string, hex?: string, name?: string, sign?: string): string {
  if (name !== undefined) return named[name] ?? "";
  if (sign !== undefined) return sign;
  if (decimal === undefined && hex === undefined) return "";
  const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
  return code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
}

/** Index of the last of the sorted numbers that is not above the limit; -1 where all are. */
function lastUpTo(sorted: number[], limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Where an escape begins that the next chunk may complete; the text's length where none does. */
export function openEscape(text: string): number {
  const found =
    /(?:&(?:amp;)*[#\w]{0,9}|\\+(?:u[0-9a-fA-F]{0,3})?|\](?:\](?:>(?:<(?:!(?:\[[CDAT]*)?)?)?)?)?)$/.exec(
      text.slice(-64),
    );
  return found ? Math.max(0, text.length - 64) + found.index : text.length;
}
