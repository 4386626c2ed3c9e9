import fc from "fast-check";
import { expect, test } from "vitest";
import { createRedactor } from "../pipeline/redact.ts";
import { Secret } from "../pipeline/secret.ts";

const secret = 's3cr3t/Wert+mit€"Zeichen';
const redactor = () => createRedactor([new Secret("TOKEN", secret)]);

test.each([
  ["as it is", secret],
  ["as JSON", JSON.stringify({ a: secret }).slice(6, -2)],
  ["as ASCII JSON", JSON.stringify(secret).slice(1, -1).replace("€", "\\u20ac")],
  ["URL-encoded", encodeURIComponent(secret)],
  [
    "URL-encoded in lower case",
    encodeURIComponent(secret).replaceAll(/%[0-9A-F]{2}/g, (x) => x.toLowerCase()),
  ],
  ["in base64", Buffer.from(secret).toString("base64")],
  ["in base64url", Buffer.from(secret).toString("base64url")],
])("B50: a secret %s is hidden", (_form, text) => {
  expect(redactor().line(`before ${text} after`)).toMatch(/^before \*\*\* after$/);
});

test.each(["", "u", "us", "user:", "user:p"])("B50: a secret in base64 behind %j is hidden", (before) => {
  const longer = "correct horse battery staple";
  for (const encoding of ["base64", "base64url"] as const) {
    const shown = createRedactor([longer]).line(Buffer.from(`${before}${longer}:after`).toString(encoding));
    const seen = Buffer.from(shown.replaceAll("***", ""), "base64").toString("latin1");
    expect(shown).toContain("***");
    for (const word of longer.split(" ")) expect(seen).not.toContain(word);
  }
});

test("B50: every line of a secret of several lines is hidden, at any indentation", () => {
  const key = "-----BEGIN KEY-----\nAAAABBBBCCCC\n  DDDDEEEE\r\nab\n-----END KEY-----\n";
  const hiding = createRedactor([key]);
  expect(hiding.line("x AAAABBBBCCCC y")).toBe("x *** y");
  expect(hiding.line("DDDDEEEE")).toBe("***");
  expect(hiding.line(`${JSON.stringify(key)}`)).toBe('"***"');
  expect(hiding.line("ab")).toBe("ab");
});

test("B50: a long secret is hidden in base64 that was wrapped into lines", () => {
  const long = "x-".repeat(100);
  const wrapped =
    Buffer.from(long)
      .toString("base64")
      .match(/.{1,76}/g) ?? [];
  for (const line of wrapped) expect(createRedactor([long]).line(line)).toBe("***");
});

test("overlapping secrets leave nothing of either", () => {
  expect(createRedactor(["abcdef", "defghi"]).line("1abcdefghi2")).toBe("1***2");
});

test("a value of less than 4 characters is not hidden, and add says so", () => {
  const hiding = createRedactor([]);
  expect(hiding.add("abc")).toBe(false);
  expect(hiding.add(" ab ")).toBe(true);
  expect(hiding.add("")).toBe(false);
  expect(hiding.add("abcd")).toBe(true);
  expect(hiding.line("abc abcd")).toBe("abc ***");
});

test("B50: the password of a URL is hidden, alone and decoded too", () => {
  const hiding = createRedactor();
  hiding.addUrl("postgres://user:p%40ss%2Fword@127.0.0.1:5432/db");
  expect(hiding.line("p@ss/word and p%40ss%2Fword")).toBe("*** and ***");
  expect(hiding.line("at postgres://other:p%40ss%2Fword@127.0.0.1/x")).toBe(
    "at postgres://other:***@127.0.0.1/x",
  );
  hiding.addUrl("http://127.0.0.1:8080/no:password@here");
  expect(hiding.line("8080/no:password@here")).toBe("8080/no:password@here");
});

const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "\n", "€") });
const longEnough = fc.string({ unit: fc.constantFrom("a", "b", "c", "€"), minLength: 4, maxLength: 9 });

test("B50: however a text is cut into chunks, the stream shows what the whole would, and no secret", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(text, longEnough)),
      fc.array(longEnough, { maxLength: 4 }),
      (chunks, secrets) => {
        const hiding = createRedactor(secrets);
        const stream = hiding.stream();
        const shown = chunks.map((chunk) => stream.write(chunk)).join("") + stream.end();
        expect(shown).toBe(hiding.line(chunks.join("")));
        for (const value of secrets) expect(shown).not.toContain(value);
      },
    ),
    { numRuns: 500 },
  );
});

test("a stream holds back only what could become a secret", () => {
  const stream = createRedactor(["hunter22"]).stream();
  expect(stream.write("hello hun")).toBe("hello ");
  expect(stream.write("gry hunter2")).toBe("hungry ");
  expect(stream.write("2 there")).toBe("*** there");
  expect(stream.end()).toBe("");
});

const marked = `Xk9&mQ2<vT7>"it's"€😀`;
const entity = (text: string, of: (code: number) => string) =>
  [...text].map((sign) => (/\w/.test(sign) ? sign : of(sign.codePointAt(0) ?? 0))).join("");
const unit = (text: string) =>
  text.replaceAll(/\W/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`);

const escaped: [string, string][] = [
  ["as XML text", marked.replaceAll("&", "&amp;").replaceAll("<", "&lt;")],
  [
    "as an attribute",
    marked.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;"),
  ],
  ["in decimal entities", entity(marked, (code) => `&#${code};`)],
  ["in hexadecimal entities", entity(marked, (code) => `&#x${code.toString(16).padStart(6, "0")};`)],
  ["escaped twice", marked.replaceAll("&", "&amp;amp;").replaceAll("<", "&amp;lt;")],
  ["in \\u escapes", unit(marked)],
  ["in \\u escapes of a JSON in a JSON", unit(marked).replaceAll("\\", "\\\\")],
  ["half escaped", marked.replace("<", "\\u003c").replace("'", "&#39;").replaceAll('"', '\\"')],
  ["in two CDATA sections", marked.replace("vT7>", "vT7]]><![CDATA[>")],
];

test.each(escaped)("B50: a secret %s is hidden", (_form, text) => {
  expect(createRedactor([marked]).line(`before ${text} after`)).toBe("before *** after");
});

test.each(escaped)("B50: a secret %s is hidden wherever a stream is cut", (_form, text) => {
  for (let cut = 0; cut <= text.length; cut++) {
    const stream = createRedactor([marked]).stream();
    const shown =
      stream.write(`a ${text.slice(0, cut)}`) + stream.write(`${text.slice(cut)} b`) + stream.end();
    expect(shown).toBe("a *** b");
  }
});

test("B50: a secret that reads like an escape itself is hidden in XML", () => {
  expect(createRedactor(["aa&lt;bb"]).line("<m>aa&amp;lt;bb</m>")).toBe("<m>***</m>");
});

test("B50: an escaped secret is hidden at any place of a long text", () => {
  const long = "&gt;".repeat(300_000);
  const text = `${long}${escaped[0]?.[1]}${long}`;
  expect(createRedactor([marked]).line(text)).toBe(`${long}***${long}`);
});
