import { isUtf8 } from "node:buffer";

const escapes: Record<string, string> = { a: "\x07", b: "\b", t: "\t", n: "\n", v: "\v", f: "\f", r: "\r" };

/** The bytes of a path as git prints it: in quotes with C escapes (octal for bytes) where it is odd. */
export function pathBytes(line: string): Buffer {
  if (!line.startsWith('"')) return Buffer.from(line);
  const latin = line
    .slice(1, -1)
    .replaceAll(/\\(?:([0-7]{3})|(.))/g, (_whole, octal: string | undefined, sign: string | undefined) =>
      octal === undefined
        ? (escapes[sign ?? ""] ?? sign ?? "")
        : String.fromCharCode(Number.parseInt(octal, 8)),
    );
  return Buffer.from(latin, "latin1");
}

/** A path as git prints it; null: no UTF-8. */
export function unquoted(line: string): string | null {
  if (!line.startsWith('"')) return line;
  const bytes = pathBytes(line);
  return isUtf8(bytes) ? bytes.toString("utf8") : null;
}
