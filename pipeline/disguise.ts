/**
 * Every form in which a secret is looked for: as it is, trimmed, each of its lines, as JSON, XML and URL text, in
 * base64 and base64url at all three alignments and wrapped at 64 and 76 columns. Forms shorter than `shortest`
 * are left out, and a value shorter than that has none. Other escapes of single characters: see `unescaped`.
 */
export function disguisesOf(value: string, shortest: number): string[] {
  const forms = new Set<string>();
  const whole = [...new Set([value, value.trim()])].filter((text) => text.length >= shortest);
  for (const text of whole) {
    const lines = text
      .split(/\r\n|\n|\r/)
      .map((line) => line.trim())
      .filter((line) => line.length >= shortest);
    for (const line of [text, ...lines]) {
      for (const form of [line, ...asJson(line), ...asXml(line), ...asUrl(line), ...asBase64(line)])
        forms.add(form);
    }
  }
  return [...forms].filter((form) => form.length >= shortest);
}

function asJson(text: string): string[] {
  const plain = JSON.stringify(text).slice(1, -1);
  const ascii = plain.replaceAll(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return [plain, ascii, plain.replaceAll("/", "\\/")];
}

/** Of a value that reads like an escape itself, e.g. `a&lt;b`: what undoes escapes would undo it, too. */
function asXml(text: string): string[] {
  if (!text.includes("&")) return [];
  const least = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const usual = least.replaceAll(">", "&gt;");
  return [least, usual, usual.replaceAll('"', "&quot;")].flatMap((form) => [
    form,
    form.replaceAll("'", "&apos;"),
    form.replaceAll("'", "&#39;"),
  ]);
}

function asUrl(text: string): string[] {
  const bytes = Buffer.from(text).toString("utf8");
  const component = encodeURIComponent(bytes);
  const strict = component.replaceAll(
    /[!'()*~]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const forms = [component, strict, encodeURI(bytes), strict.replaceAll("%20", "+")];
  return [...forms, ...forms.map(lowerEscapes)];
}

const lowerEscapes = (text: string) => text.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());

/** Bits in a byte and in a base64 character. */
const byteBits = 8;
const characterBits = 6;

function asBase64(text: string): string[] {
  const bytes = Buffer.from(text);
  const padded = bytes.toString("base64");
  const forms = [padded, padded.replace(/=+$/, "")];
  for (const before of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    // Only the characters that are made of this value's bits alone: neighbours change the others.
    const from = Math.ceil((before * byteBits) / characterBits);
    const to = Math.floor(((before + bytes.length) * byteBits) / characterBits);
    forms.push(shifted.slice(from, to));
  }
  const [first = ""] = forms;
  for (const columns of [64, 76]) {
    if (first.length > columns) forms.push(...(first.match(new RegExp(`.{1,${columns}}`, "g")) ?? []));
  }
  return [...forms, ...forms.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"))];
}
