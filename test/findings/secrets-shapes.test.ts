import { expect, test } from "vitest";
import { base64, foundIn, made, scanOf } from "../support/made-secrets.ts";

/** The lines of a key, with what each ends on. */
function key(end: string, body = base64(360, 5)): string {
  const word = "PRIVATE";
  const lines = body.match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${word} KEY-----`, ...lines, `-----END ${word} KEY-----`, ""].join(end);
}

test.each([
  ["a file", "k.pem", (one: (end: string) => string) => one("\n")],
  ["a service account", "sa.json", (one: (end: string) => string) => `{"private_key": "${one("\\n")}"}`],
  ["an environment file", ".env", (one: (end: string) => string) => `KEY="${one("\\n")}"`],
  ["a text within a text", "a.json", (one: (end: string) => string) => `"{\\"k\\": \\"${one("\\\\n")}\\"}"`],
  ["lines that are put together", "a.js", (one: (end: string) => string) => `k = "${one('\\n" +\n  "')}"`],
  ["indented YAML", "a.yaml", (one: (end: string) => string) => `key: |\n  ${one("\n  ")}`],
])("a private key in %s is found", async (_place, path, text) => {
  expect(await foundIn(path, text(key))).toHaveLength(1);
});

test("code that speaks of private keys holds none", async () => {
  const begin = `-----BEGIN ${"PRIVATE"} KEY-----`;
  const text = `if "${begin}" in text and not the_other_one_that_is_there(text): return\n# ${begin}\n# ...\n`;
  expect(await foundIn("a.py", text)).toEqual([]);
});

test("random values that hold xXx, ToDo or Test by chance are no placeholders", async () => {
  const body = `${base64(100, 8)}xXx${base64(60, 9)}ToDo${base64(60, 10)}Test${base64(100, 12)}`;
  expect(await foundIn("k.pem", key("\n", body))).toHaveLength(1);
  const token = `eyJ${made(30, 1)}.eyJ${made(60, 2)}xXx${made(10, 3)}ToDo.${made(43, 4)}`;
  expect(await foundIn("a.ts", `t = '${token}'`)).toEqual([[1, "jwt"]]);
  const lost: string[] = [];
  for (let seed = 1; seed <= 400; seed++) {
    const one = `eyJ${made(30, seed)}.eyJ${made(300, seed + 1e4)}.${made(43, seed + 1e5)}`;
    if ((await foundIn("a.ts", `t = '${one}'`)).length === 0) lost.push(one);
  }
  expect(lost).toEqual([]);
});

test.each([
  "todo",
  "xxxxxxxxxxxxxxxxxxxx",
  "your-secret-key-goes-here-42",
  "my_secret_key_1234567",
  "EXAMPLEkey1234567890",
])("%s is a placeholder", async (value) => {
  expect(await foundIn(".env", `API_SECRET=${value}\n`)).toEqual([]);
});

const short = made(9, 21);

test.each([
  ["a host that begins with postgres", `postgresql://app:${short}@postgres.prod.corp.com/x`],
  ["a host that begins with redis", `redis://app:${short}@redis-master.corp.com:6379/0`],
  ["a host that begins with localhost", `amqp://app:${short}@localhost.corp.com/x`],
  ["an address that only begins like ours", `amqp://app:${short}@127.corp.com/x`],
  ["an @ in the password", `amqp://app:${short}@${short}@mq.corp.com/x`],
])("a short password in a URL is found: %s", async (_kind, url) => {
  expect(await foundIn("a.yml", `url: ${url}\n`)).toHaveLength(1);
});

test.each(["localhost", "127.0.0.1:5432", "[::1]:5432", "db", "postgres:5432", "redis"])(
  "a short password for %s is a default",
  async (host) => {
    expect(await foundIn("a.yml", `url: amqp://app:${short}@${host}/x\n`)).toEqual([]);
  },
);

test("an @ in the query of a URL is no part of its password", async () => {
  const text = `url: amqp://app:${short}@db/x?mail=ada@corp.com\nurl: amqp://app:${short}@db?mail=ada@corp.com\n`;
  expect(await foundIn("a.yml", text)).toEqual([]);
});

test.each([
  ["dotted text", "a.".repeat(1_000_000)],
  ["dashes", "eyJ-".repeat(500_000)],
  ["URLs", "a://b:".repeat(300_000)],
  ["names", "api_secret ".repeat(180_000)],
  ["names without ends", "secret.".repeat(280_000)],
  ["assignments", "token: a : ".repeat(180_000)],
  ["spaces", `token${" ".repeat(50)}`.repeat(36_000)],
  ["quotes", '"token": "'.repeat(200_000)],
  ["headers", "Authorization: Bearer ".repeat(90_000)],
  ["keys", `-----BEGIN ${"PRIVATE"} KEY-----`.repeat(70_000)],
])(
  "a line of two million characters is read in seconds: %s",
  async (_kind, line) => {
    const began = performance.now();
    await scanOf({ "a.yml": line });
    expect(performance.now() - began).toBeLessThan(15_000);
  },
  60_000,
);
