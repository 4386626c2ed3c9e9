import { expect, test } from "vitest";
import { scanCommits } from "../../pipeline/findings/secrets/commits.ts";
import { createPatchReader } from "../../pipeline/findings/secrets/patch.ts";
import { scanFiles } from "../../pipeline/findings/secrets/scan.ts";

const ours = { name: "bellwether", version: "1.0.0" };

/** The scan of files with these texts. */
const scan = (files: Record<string, string>) =>
  scanFiles(Object.keys(files), async (path) => ({ bytes: new TextEncoder().encode(files[path]) }), ours);

/** Put together here, so that this file holds none. */
const planted: [kind: string, path: string, text: string, secret: string][] = [
  ["an AWS key", "a.py", "KEY = '§'", `AKIA${"Q3EGRIWA5PXNZ2JT"}`],
  ["a Stripe key", "a.py", "x('§')", `sk_live_${"4eC39HqLyjWDarjtT1zdp7dc"}`],
  ["a Google key", "a.js", "const k = '§'", `AIza${"SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY"}`],
  [
    "a JSON web token",
    "a.ts",
    "t = '§'",
    `eyJ${"hbGciOiJIUzI1NiJ9"}.eyJ${"zdWIiOiIxMjM0NTY3ODkwIn0"}.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P`,
  ],
  ["a password in a URL", "a.yml", "url: amqp://trader:§@mq.corp.internal/x", "s3cr3tPassw0rd9x"],
  ["a generic assignment", "a.py", 'API_SECRET = "§"', "kJ8s7dF9gH2jK4lM6nB8vC1xZ3qW5eR7"],
  ["a value of an environment file", ".env.production", "JWT_SECRET=§", "9f8a7s6d5f4g3h2j1k0l9z8x7c6v5b4n"],
  [
    "a credential of Binance",
    "a.py",
    "BINANCE_API_SECRET = '§'",
    "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XA",
  ],
  ["a credential of Zerodha", "a.py", "KITE_API_SECRET = '§'", "a8k3jd9s0qk2jf8s7d6f5g4h"],
  ["a key of Alpaca", "a.py", "APCA_API_KEY_ID = '§'", "PKABCDEF1234567890XY"],
  ["a password of Interactive Brokers", "a.py", "IBKR_PASSWORD = '§'", "Tr4d3rs-Uns4fe!9"],
  [
    "a Slack token",
    "a.sh",
    "export S_TOKEN=§",
    `xoxb-${"123456789012"}-${"123456789012"}-abcdefghijklmnopqrstuvwx`,
  ],
  ["a GitHub token", "a.sh", "gh auth §", `ghp_${"abcdefghijklmnopqrstuvwxyzABCDEFGH12"}`],
  [
    "an Azure key",
    "a.cs",
    "§",
    `AccountKey=${"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw"}==`,
  ],
  [
    "a private key",
    "k.pem",
    "§",
    `-----BEGIN RSA ${"PRIVATE"} KEY-----\nMIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7MhgHcTz6sE2I2yPB\n-----END RSA ${"PRIVATE"} KEY-----`,
  ],
];

test.each(planted)(
  "%s is found at its place, and B50: its value is nowhere in the document",
  async (_kind, path, text, secret) => {
    const document = await scan({
      [path]: `first line\n${text.replace("§", () => secret)}\n`,
    });
    expect(document.findings).toHaveLength(1);
    expect(document.findings[0]).toMatchObject({ path, line: 2, severity: "high" });
    const core = secret.replace(/^-----[^\n]*\n|^AccountKey=/, "").slice(4, 24);
    expect(JSON.stringify(document)).not.toContain(core);
  },
);

test.each([
  [
    "a placeholder",
    "a.env",
    "DB_PASSWORD=changeme\nAPI_KEY=your_api_key_here\nTOKEN=<token>\nSECRET=${VAULT_SECRET}\n",
  ],
  ["a reference", "a.py", 'SECRET_KEY = os.environ["SECRET_KEY"]\npassword = get_password("database")\n'],
  ["a digest", "a.py", 'sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"\n'],
  ["a UUID", "a.py", 'TOKEN = "123e4567-e89b-12d3-a456-426614174000"\n'],
  ["a lock file", "package-lock.json", '"token": "kJ8s7dF9gH2jK4lM6nB8vC1xZ3qW5eR7"\n'],
  ["a made-up value of a test", "tests/test_a.py", 'API_SECRET = "kJ8s7dF9gH2jK4lM6nB8vC1xZ3qW5eR7"\n'],
  [
    "a line that is marked",
    "a.py",
    'API_SECRET = "kJ8s7dF9gH2jK4lM6nB8vC1xZ3qW5eR7"  # bellwether:allow-secret of the documentation\n',
  ],
  ["a server on one's own machine", "a.yml", "url: postgresql://postgres:postgres@localhost:5432/app\n"],
  [
    "words",
    "a.py",
    'password_label = "please enter the new password"\nauth_token = "the-token-of-the-user"\n',
  ],
  ["a path", "a.yml", "token: /run/secrets/production/token_file_1\n"],
  ["what is binary", "a.bin", `${"\0\x01".repeat(20)}API_SECRET = "kJ8s7dF9gH2jK4lM6nB8vC1xZ3qW5eR7"`],
])("%s is no secret", async (_kind, path, text) => {
  expect((await scan({ [path]: text })).findings).toEqual([]);
});

test("a secret behind the first half megabyte, or across a seam, is found once", async () => {
  const secret = `sk_live_${"4eC39HqLyjWDarjtT1zdp7dc"}`;
  for (const before of [512 * 1024 - 10, 600 * 1024]) {
    const document = await scan({ "big.txt": `${"x".repeat(before)}\n${secret}\n` });
    expect(document.findings.map(({ line, rule }) => [line, rule])).toEqual([[2, "stripe-key"]]);
  }
});

test("a file that cannot be read makes the scan incomplete", async () => {
  const document = await scanFiles(
    ["a", "b"],
    async (path) => (path === "a" ? null : { reason: "EACCES" }),
    ours,
  );
  expect(document.scan).toEqual({ tools: [ours], complete: false, reasons: ["b: EACCES"], looked: 0 });
});

const sha = "a".repeat(40);
const patch = (secret: string) => `commit ${sha}

diff --git a/conf.py b/conf.py
index 1..2 100644
--- a/conf.py
+++ b/conf.py
@@ -10,0 +11,2 @@ def f():
+safe = 1
+API_SECRET = "${secret}"
@@ -20 +22,0 @@ def g():
-gone = 1
`;

/** What git printed, read. */
function read(printed: string) {
  const reader = createPatchReader();
  for (const line of printed.split("\n")) reader.line(line);
  return reader.end();
}

test("a secret that a commit adds is found with the commit and the line, though a later one takes it out", async () => {
  const document = await scanCommits(read(patch("kJ8s7dF9gH2jK4lM6nB8vC1xZ3qW5eR7")), ours);
  expect(document.findings).toMatchObject([
    { path: "conf.py", line: 12, message: expect.stringContaining(`added by commit ${sha.slice(0, 12)}`) },
  ]);
});

test("added lines that look like headers of a diff are lines", () => {
  const text = patch("x").replace("+safe = 1", "+++ b/other.py");
  expect(read(text)).toEqual([
    {
      commit: sha,
      path: "conf.py",
      lines: [
        { text: "++ b/other.py", number: 11, added: true },
        { text: 'API_SECRET = "x"', number: 12, added: true },
        { text: "", number: 0, added: false },
      ],
    },
  ]);
});
