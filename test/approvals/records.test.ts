import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  type ApprovalRecord,
  ApprovalRecords,
  readRecords,
  type Waiting,
} from "../../pipeline/approvals/records.ts";
import { statementOf } from "../../pipeline/approvals/statement.ts";
import { removeTree } from "../../pipeline/io/files.ts";
import { unwrap } from "../support/unwrap.ts";

let state = "";
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "bellwether-records-"));
});
afterEach(() => removeTree(state));

const asked = { app: "quotes", environment: "production", version: "1.0.0", digests: ["sha256:a"] };
const record = (at: number): ApprovalRecord => ({
  format: 1,
  how: "signed",
  statement: statementOf(asked, 1_000),
  signature: "-----BEGIN SSH SIGNATURE-----",
  at,
});
const waiting = (at: number, version = "1.0.0"): Waiting => ({
  format: 1,
  ...asked,
  version,
  requestedBy: "Ada",
  requesters: ["Ada", "ada@example.com"],
  at,
  expiresAt: at + 1_000,
});

test("a file may hold a list of records, as they are handed on together; one bad one spoils it", async () => {
  const file = join(state, "approvals.json");
  await writeFile(file, JSON.stringify([record(1), record(2)]));
  expect(unwrap(await readRecords(file)).map((one) => one.record)).toEqual([record(1), record(2)]);
  await writeFile(file, "[]");
  expect(unwrap(await readRecords(file))).toEqual([]);
  await writeFile(file, JSON.stringify([record(1), { how: "signed" }]));
  expect(await readRecords(file)).toMatchObject({ ok: false, failure: { kind: "file-corrupt" } });
});

test("a record is a file that another machine can read; the same one twice is kept once", async () => {
  const records = new ApprovalRecords(state, "production");
  const file = await records.add(record(1));
  expect(await records.add(record(2))).toBe(file);
  expect(unwrap(await readRecords(file))).toMatchObject([{ record: { how: "signed", at: 2 } }]);
  expect(unwrap(await readRecords(join(state, "approvals", "production")))).toHaveLength(1);
  expect(unwrap(await records.all())).toHaveLength(1);
});

test("what is not a record is told with its name, and nothing is found where there is nothing", async () => {
  expect(unwrap(await readRecords(join(state, "absent")))).toEqual([]);
  const file = join(state, "approval-1.json");
  await writeFile(file, JSON.stringify({ ...record(1), by: "whoever" }));
  expect(await readRecords(file)).toMatchObject({
    failure: { kind: "file-corrupt", file, what: "approval" },
  });
});

test("what waits is there until it went on or expired, oldest first", async () => {
  const records = new ApprovalRecords(state, "production");
  await records.await(waiting(20, "1.1.0"));
  await records.await(waiting(10));
  expect(unwrap(await records.waiting()).map((one) => one.version)).toEqual(["1.0.0", "1.1.0"]);
  await records.settle("1.1.0");
  expect(unwrap(await records.waiting())).toEqual([waiting(10)]);
});

test("B29: a request that expired waits no more and stays as a record", async () => {
  const records = new ApprovalRecords(state, "production");
  await records.await(waiting(10));
  await records.expire(waiting(10));
  expect(unwrap(await records.waiting())).toEqual([]);
  const directory = join(state, "approvals", "production");
  const [name = ""] = await readdir(directory);
  expect(name).toMatch(/^expired-[0-9a-f]{16}\.json$/);
  expect(JSON.parse(await readFile(join(directory, name), "utf8"))).toEqual(waiting(10));
});
