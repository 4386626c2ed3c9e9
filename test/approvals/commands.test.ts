import { expect, test } from "vitest";
import {
  fitsCommand,
  principalsCommand,
  signCommand,
  verifyCommand,
} from "../../pipeline/approvals/commands.ts";
import { readStatement, statementOf, statementText } from "../../pipeline/approvals/statement.ts";

test("a statement is signed by the key's path, for the purpose of approvals only", () => {
  expect(signCommand("/home/bob/.ssh/id_ed25519", "/tmp/a/statement").join(" ")).toBe(
    "ssh-keygen -Y sign -f /home/bob/.ssh/id_ed25519 -n bellwether-approval /tmp/a/statement",
  );
});

test("a signature is held against the text, then against the signers, then against what they let a key do", () => {
  expect(fitsCommand("/tmp/a/sig").join(" ")).toBe(
    "ssh-keygen -Y check-novalidate -n bellwether-approval -s /tmp/a/sig",
  );
  expect(principalsCommand("/tmp/a/signers", "/tmp/a/sig").join(" ")).toBe(
    "ssh-keygen -Y find-principals -f /tmp/a/signers -s /tmp/a/sig",
  );
  expect(verifyCommand("/tmp/a/signers", "bob@example.com", "/tmp/a/sig").join(" ")).toBe(
    "ssh-keygen -Y verify -f /tmp/a/signers -I bob@example.com -n bellwether-approval -s /tmp/a/sig",
  );
});

const asked = {
  app: "quotes",
  environment: "production",
  version: "1.0.0",
  digests: ["sha256:b", "sha256:a", "sha256:b"],
};
const text =
  '{"app":"quotes","digests":["sha256:a","sha256:b"],"environment":"production","expires":"2026-03-02T13:00:00.000Z","format":1,"statement":"bellwether-approval","version":"1.0.0"}\n';

test("a statement is one line of canonical JSON: the same release and expiry give the same bytes", () => {
  const statement = statementOf(asked, Date.parse("2026-03-02T13:00:00Z"));
  expect(statementText(statement)).toBe(text);
  const { app, environment, version, digests } = asked;
  const turned = { version, digests: [...digests].reverse(), environment, app };
  expect(statementText(statementOf(turned, Date.parse("2026-03-02T13:00:00Z")))).toBe(text);
});

test("a printed statement is read back as it was, and anything else is told", () => {
  const read = readStatement(text);
  expect(read.ok && statementText(read.value)).toBe(text);
  expect(readStatement("{")).toEqual({ ok: false, failure: "it is not valid JSON" });
  expect(readStatement(text.replace("1.0.0", "")).ok).toBe(false);
  expect(readStatement(text.replace('"format":1', '"format":1,"more":1')).ok).toBe(false);
  expect(readStatement(text.replace("2026-03-02T13", "tomorrow")).ok).toBe(false);
});
