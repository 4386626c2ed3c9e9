import { eastAsianWidth } from "get-east-asian-width";

const escapeCode = String.fromCharCode(27);
const bell = String.fromCharCode(7);

/** Escape sequences of terminals: CSI (colours, cursor), OSC (titles, links), and two-character ones. */
const sequences = new RegExp(
  `${escapeCode}(?:\\[[0-9;:?<=>]*[ -/]*[@-~]|\\][^${bell}${escapeCode}]*(?:${bell}|${escapeCode}\\\\)?|[ -/]*[0-~])`,
  "g",
);

/** Most text: nothing in it that a terminal obeys, and a letter is a column. */
const simple = /^[\x20-\x7e]*$/;

/** Text that moves no cursor and sets no colour: without escape sequences and control characters. */
export const plainText = (text: string): string =>
  simple.test(text)
    ? text
    : text
        .replace(sequences, "")
        .replaceAll("\t", "  ")
        .replace(/\p{Cc}/gu, "");

/** Columns that plain text takes in a terminal; East Asian wide characters and emoji take two. */
export function displayWidth(text: string): number {
  if (simple.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/** Plain text cut to a width, with … where something is missing. */
export function fit(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let width = 1;
  let kept = "";
  for (const character of text) {
    width += widthOf(character);
    if (width > columns) break;
    kept += character;
  }
  return columns < 1 ? "" : `${kept}…`;
}

/**
 * Plain text in lines of at most `columns`, broken between words: never inside `a command`, which people copy, and
 * not inside a word, though it be too long. Where it is broken, it goes on below its own beginning, two further in.
 */
export function flow(text: string, columns: number): string[] {
  if (displayWidth(text) <= columns) return [text];
  const lead = /^ *(?:\| )?/.exec(text)?.[0] ?? "";
  const [first = "", ...rest] = broken(
    text.slice(lead.length),
    columns - lead.length,
    columns - lead.length - 2,
  );
  return [lead + first, ...rest.map((line) => `${lead}  ${line}`)];
}

/** A word with the spaces before it; a command, and a number with its unit, are one word. */
const words = /( *)((?:`[^`]*`|(?<=\d) (?=%|(?:ms|s|min|h|KiB|MiB|GiB|UTC)\b)|[^ `]|`)+)/g;

/** Text in lines of at most `columns` each, as `flow` breaks it; the first line may have another width. */
export function broken(text: string, first: number, columns = first): string[] {
  const lines: string[] = [];
  let line = "";
  for (const [, space = "", word = ""] of text.matchAll(words)) {
    const longer = `${line}${space}${word}`;
    const room = lines.length === 0 ? first : columns;
    const fits = line === "" || displayWidth(longer) <= room;
    if (!fits) lines.push(line);
    line = fits ? longer : word;
  }
  return [...lines, line];
}

function widthOf(character: string): number {
  if (character >= " " && character <= "~") return 1;
  const code = character.codePointAt(0) ?? 0;
  // Arrows to dingbats: what our own lines begin with, and nothing of no width among them.
  const symbol = code >= 0x2190 && code < 0x2c00;
  return !symbol && /\p{Mn}|\p{Cf}/u.test(character) ? 0 : eastAsianWidth(code);
}
