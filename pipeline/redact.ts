import { disguisesOf } from "./disguise.ts";
import { openEscape, unescaped } from "./escapes.ts";
import { Secret } from "./secret.ts";

/** What stands where a secret stood. */
export const redacted = "***";

/**
 * Shortest value that is hidden, in characters. A shorter one would be found everywhere and tell its own place
 * by the holes: it is not hidden, and `add` says so.
 */
export const shortestSecret = 4;

/** Hides secrets in text, also encoded ones (see `disguisesOf`). */
export interface Redactor {
  /** Hides this value from now on; false for one of less than 4 characters, which stays visible. */
  add(value: string | Secret): boolean;
  /** Hides the password of `scheme://user:password@host`, and the whole URL. */
  addUrl(url: string): void;
  line(text: string): string;
  /** For text that comes in chunks: a secret may lie across them. */
  stream(): RedactedStream;
}

/** `write` gives what is safe to show so far; it holds back what could be the start of a secret. */
export type RedactedStream = { write(chunk: string): string; end(): string };

export function createRedactor(values: Iterable<string | Secret> = []): Redactor {
  const forms = new Set<string>();

  const add = (value: string | Secret): boolean => {
    const text = value instanceof Secret ? value.reveal() : value;
    const disguises = disguisesOf(text, shortestSecret);
    for (const form of disguises) forms.add(form);
    return disguises.length > 0;
  };

  const line = (text: string): string => hide(text, spansIn(text, forms));

  for (const value of values) add(value);
  return {
    add,
    addUrl(url) {
      const password = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@:]*:([^/?#]*)@/i.exec(url)?.[1];
      if (password === undefined) return;
      add(password);
      add(decoded(password));
      add(url);
    },
    line,
    stream() {
      let held = "";
      return {
        write(chunk) {
          const text = held + chunk;
          const spans = spansIn(text, forms);
          const cut = forms.size === 0 ? text.length : safeCut(text, spans, forms);
          held = text.slice(cut);
          return hide(text.slice(0, cut), spans);
        },
        end() {
          const text = held;
          held = "";
          return line(text);
        },
      };
    },
  };
}

type Span = { from: number; to: number };

/** Text in characters that is looked at without its escapes in one go: a report may have many megabytes. */
const windowSize = 1 << 20;

/** Characters that one of a secret's may take when escaped, as `&amp;#x0000a;` does. */
const widest = 14;

/** Where any of the forms stands, as it is or behind escapes; overlapping ones joined, in order. */
function spansIn(text: string, forms: Set<string>): Span[] {
  const found = spansOf(text, forms);
  if (forms.size === 0) return found;
  let longest = 0;
  for (const form of forms) longest = Math.max(longest, form.length);
  const step = windowSize + longest * widest;
  for (let from = 0; from < text.length; from += windowSize) {
    const plain = unescaped(text.slice(from, from + step));
    if (plain !== null)
      for (const span of spansOf(plain.text, forms))
        found.push({ from: from + plain.original(span.from), to: from + plain.original(span.to) });
    if (from + step >= text.length) break;
  }
  return joined(found);
}

/** Where any of the forms stands, overlapping ones joined, in order. */
function spansOf(text: string, forms: Set<string>): Span[] {
  const found: Span[] = [];
  for (const form of forms) {
    for (let from = text.indexOf(form); from >= 0; from = text.indexOf(form, from + 1)) {
      found.push({ from, to: from + form.length });
    }
  }
  return joined(found);
}

function joined(spans: Span[]): Span[] {
  const apart: Span[] = [];
  for (const span of spans.sort((a, b) => a.from - b.from)) {
    const last = apart.at(-1);
    if (last && span.from < last.to) last.to = Math.max(last.to, span.to);
    else apart.push({ ...span });
  }
  return apart;
}

function hide(text: string, spans: Span[]): string {
  let shown = "";
  let from = 0;
  for (const span of spans) {
    if (span.from >= text.length) break;
    shown += text.slice(from, span.from) + redacted;
    from = span.to;
  }
  return shown + text.slice(from);
}

/** How much of the text no later chunk can make part of a secret, be it as it is or behind escapes. */
function safeCut(text: string, spans: Span[], forms: Set<string>): number {
  const complete = openEscape(text);
  const known = text.slice(0, complete);
  const plain = unescaped(known) ?? { text: known, original: (index: number) => index };
  const behind = plain.original(safeLength(plain.text, spansOf(plain.text, forms), forms));
  const cut = Math.min(safeLength(text, spans, forms), behind);
  return spans.reduce((least, { from, to }) => (from < least && least < to ? from : least), cut);
}

function safeLength(text: string, spans: Span[], forms: Set<string>): number {
  let cut = text.length;
  for (const form of forms) {
    for (let length = Math.min(form.length - 1, text.length); length > text.length - cut; length--) {
      if (text.endsWith(form.slice(0, length))) cut = text.length - length;
    }
  }
  for (const span of spans) {
    if (span.from < cut && cut < span.to) cut = span.from;
  }
  return cut;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
