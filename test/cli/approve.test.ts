import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Waiting } from "../../pipeline/approvals/records.ts";
import { statementOf, statementText } from "../../pipeline/approvals/statement.ts";
import { choose, chooseStatement } from "../../pipeline/cli/approve/choose.ts";
import { type ApproveOptions, optionsRefusal } from "../../pipeline/cli/approve/options.ts";
import { removeTree } from "../../pipeline/io/files.ts";
import { rule } from "../approvals/support.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "bellwether-approve-"));
});
afterEach(() => removeTree(directory));

const asked = { app: "quotes", environment: "production", version: "1.0.0", digests: ["sha256:a"] };
const waiting = (version: string): Waiting => ({
  format: 1,
  ...asked,
  version,
  requestedBy: "Ada",
  requesters: ["Ada"],
  at: 0,
  expiresAt: 1_000,
});

test.each<[ApproveOptions, string]>([
  [{ print: true, key: "id" }, "--print and --key"],
  [{ print: true, signature: "s.sig" }, "--print and --signature"],
  [{ key: "id", signature: "s.sig" }, "--key and --signature"],
  [{ from: "records", statement: "s" }, "--from and --statement"],
])("an approval is given in one way: %j is refused", (options, got) => {
  expect(optionsRefusal(options, rule(), "production")).toEqual({
    kind: "usage",
    got,
    expected: "one way of approving",
    remedy: "Leave one of the two out.",
  });
});

test.each<[ApproveOptions]>([
  [{}],
  [{ statement: "s", signature: "s.sig" }],
  [{ statement: "s", key: "id" }],
  [{ statement: "s", print: true }],
])("%j is one way", (options) => {
  expect(optionsRefusal(options, rule(), "production")).toBeNull();
});

test("what is about signatures needs signers", () => {
  expect(optionsRefusal({}, rule({ signers: null }), "production")).toBeNull();
  expect(optionsRefusal({ from: "records" }, rule({ signers: null }), "production")).toEqual({
    kind: "usage",
    got: "--from, and production has no signers",
    expected: "an environment whose approvals are signed",
    remedy: "Leave --from out, or write `approval: { signers: FILE }` for production in the config.",
  });
});

test("what is approved is what waits: the version that is named, with or without v, or the only one", () => {
  const both = [waiting("1.0.0"), waiting("1.1.0")];
  const versionOf = (result: ReturnType<typeof choose>) => result.ok && result.value.asked.version;
  expect(versionOf(choose(both, "production", "v1.1.0"))).toBe("1.1.0");
  expect(versionOf(choose([waiting("1.0.0")], "production", null))).toBe("1.0.0");
  expect(choose(both, "production", null)).toMatchObject({
    failure: { kind: "usage", got: "no version", expected: "one that waits for production: 1.0.0, 1.1.0" },
  });
});

test("a statement is approved only where it is about this app, environment and version", async () => {
  const file = join(directory, "statement.json");
  await writeFile(file, statementText(statementOf(asked, 1_000)));
  const place = { app: "quotes", environment: "production", version: null };
  expect(await chooseStatement(file, [], place)).toEqual({
    ok: true,
    value: { asked, expiresAt: 1_000, request: null },
  });
  for (const other of [{ app: "orders" }, { environment: "staging" }, { version: "1.0.1" }])
    expect(await chooseStatement(file, [], { ...place, ...other })).toMatchObject({
      failure: { kind: "usage", got: "a statement about quotes 1.0.0 on production" },
    });
  await writeFile(file, "{}");
  expect(await chooseStatement(file, [], place)).toMatchObject({ failure: { kind: "file-corrupt", file } });
  expect(await chooseStatement(join(directory, "absent"), [], place)).toMatchObject({
    failure: { kind: "file-corrupt", reason: "there is no such file" },
  });
});
