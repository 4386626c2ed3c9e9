import { execFile } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ApprovalRecords, type Waiting } from "../../pipeline/approvals/records.ts";
import { statementOf } from "../../pipeline/approvals/statement.ts";
import {
  type Asked,
  approvalFacts,
  type GateWork,
  passApproval,
  unsigned,
} from "../../pipeline/cli/effects/approval.ts";
import type { ApprovalRule } from "../../pipeline/config/config.ts";
import { removeTree } from "../../pipeline/io/files.ts";
import { fail, ok } from "../../pipeline/result.ts";
import { type Answer, fakeKeygen, type Keygen, rule } from "../approvals/support.ts";
import { shell } from "../support/bin.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { sampleContext, sampleEnvironment } from "../support/sample-config.ts";
import { unwrap } from "../support/unwrap.ts";

const execute = promisify(execFile);
const asked: Asked = {
  app: "quotes",
  environment: "production",
  version: "1.0.0",
  digests: ["sha256:a"],
};
const hour = 3_600_000;

let root = "";
let keygen: Keygen;
let answers: Record<string, Answer>;
let records: ApprovalRecords;
let clock: ManualClock;
let expired: [Waiting, string][];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "bellwether-gate-"));
  answers = { "find-principals": { out: ["bob@example.com"] } };
  keygen = await fakeKeygen(answers);
  records = new ApprovalRecords(join(root, ".bellwether"), "production");
  clock = new ManualClock();
  expired = [];
  const git = (...args: string[]) => execute("git", ["-C", root, ...args], { env: shell() });
  await git("init", "--quiet", "--initial-branch", "main");
  await git("config", "user.name", "Cy");
  await git("config", "user.email", "cy@example.com");
  await git("commit", "--quiet", "--allow-empty", "--message", "x", "--author", "Ada <ada@example.com>");
  await git("tag", "v1.0.0");
  await writeFile(join(root, "signers"), "bob@example.com ssh-ed25519 AAAA\n");
});
afterEach(async () => {
  await keygen.close();
  await removeTree(root);
});

/** The gate, for a run of `actor`. */
const work = (changes: Partial<ApprovalRule> = {}, more: Partial<GateWork> = {}): GateWork => ({
  root,
  context: sampleContext({ actor: "Cy", version: "1.0.0", sha: null }),
  desk: {
    clock,
    processes: keygen.tools.processes,
    variables: { ...shell(), PATH: `${keygen.directory}:${shell().PATH}` },
    interruption: { signal: new AbortController().signal, by: () => null, close: () => {} },
  },
  environment: sampleEnvironment("production", { approval: rule(changes) }),
  records,
  asked,
  ask: null,
  expired: async (request, given) => {
    expired.push([request, given]);
    return ok(undefined);
  },
  ...more,
});

/** An approval that somebody signed; the stand-in of ssh-keygen says who, and whether all is well. */
const signed = (over: Partial<Asked> = {}, expiresAt = clock.now() + hour) =>
  records.add({
    format: 1,
    how: "signed",
    statement: statementOf({ ...asked, ...over }, expiresAt),
    signature: "-----BEGIN SSH SIGNATURE-----",
    at: clock.now(),
  });

const refusals = async (): Promise<string[]> => {
  const result = await passApproval(work());
  if (result.ok || result.failure.kind !== "approval-missing") throw new Error(JSON.stringify(result));
  return (result.failure.refused ?? []).map((line) => line.replace(/approval-[0-9a-f]+/, "approval-ID"));
};

test("a release waits with what it is, who asked under all their names, and until when", async () => {
  expect(await passApproval(work())).toEqual({
    ok: false,
    failure: {
      kind: "approval-missing",
      environment: "production",
      version: "1.0.0",
      digests: ["sha256:a"],
      command: "bellwether approve production 1.0.0",
    },
  });
  const { at, ...request } = unwrap(await records.waiting())[0] ?? { at: 0 };
  expect(request).toEqual({
    format: 1,
    ...asked,
    requestedBy: "Cy",
    requesters: ["Cy", "cy@example.com"],
    expiresAt: at + hour,
  });
});

test("a signed approval by somebody else passes, and its signature is looked at each time", async () => {
  await passApproval(work());
  await signed();
  const gate = unwrap(await passApproval(work()));
  expect(gate.approvals).toMatchObject([{ by: "bob@example.com", how: "signed" }]);
  const before = keygen.calls.length;
  await passApproval(work());
  expect(keygen.calls.slice(before).map(({ argv }) => argv[2])).toEqual([
    "check-novalidate",
    "find-principals",
    "verify",
  ]);
});

test.each([
  ["B45: whoever's run waits", ["cy@example.com"]],
  ["B45: whoever wrote the release's commit", ["ada@example.com"]],
  ["B45: whoever asked, by another name of their key", ["c", "CY"]],
])("%s does not approve it", async (_who, names) => {
  answers["find-principals"] = { out: names };
  await passApproval(work());
  await signed();
  expect(await refusals()).toEqual([
    `${names[0]} (approval-ID.json): four eyes are asked for, and whoever asks for a release does not approve it`,
  ]);
});

test("B45: who asked first stays the requester, whoever repeats the run", async () => {
  await passApproval(work());
  await signed();
  const bobs = work(
    {},
    { context: sampleContext({ actor: "bob@example.com", version: "1.0.0", sha: null }) },
  );
  expect(unwrap(await passApproval(bobs)).pass).toBe(true);
});

test.each<[string, () => Promise<unknown>, string]>([
  [
    "a tampered record",
    async () => {
      answers["check-novalidate"] = { code: 255 };
      await signed();
    },
    "somebody (approval-ID.json): its signature does not fit what it says",
  ],
  [
    "a signature by a removed key",
    async () => {
      answers["find-principals"] = { code: 255 };
      await signed();
    },
    "somebody (approval-ID.json): the key that signed it is not among the signers in signers",
  ],
  [
    "an approval of other digests",
    () => signed({ digests: ["sha256:b"] }),
    "bob@example.com (approval-ID.json): it is for other digests",
  ],
  [
    "B29: an approval that expired",
    () => signed({}, clock.now()),
    "bob@example.com (approval-ID.json): it expired at 1970-01-01T00:16:40.000Z",
  ],
  [
    "a record without a signature",
    () => records.add(unsigned(asked, { by: "Bob", at: 0, expiresAt: hour, how: "recorded" })),
    "Bob (approval-ID.json): it is not signed",
  ],
])("%s is refused at the gate, by its name", async (_what, hand, refused) => {
  await hand();
  expect(await refusals()).toEqual([refused]);
});

test("two approvers are two persons", async () => {
  await signed();
  expect(await passApproval(work({ required: 2 }))).toMatchObject({
    failure: { kind: "approval-missing", given: "1 of 2 approvals of 1.0.0" },
  });
  answers["find-principals"] = { out: ["bob@example.com", "Bob"] };
  await signed({}, clock.now() + hour - 1);
  expect(await passApproval(work({ required: 2 }))).toMatchObject({ ok: false });
});

test("B29: an approval nobody gives expires: the release is withdrawn, recorded, and may be asked for anew", async () => {
  await passApproval(work());
  await clock.advance(hour - 1);
  expect(await passApproval(work())).toMatchObject({ failure: { kind: "approval-missing" } });
  await clock.advance(1);
  expect(await passApproval(work())).toEqual({
    ok: false,
    failure: {
      kind: "approval-expired",
      environment: "production",
      version: "1.0.0",
      requestedBy: "Cy",
      since: "1970-01-01T00:16:40.000Z",
      expired: "1970-01-01T01:16:40.000Z",
      given: "0 of 1 approvals of 1.0.0",
    },
  });
  expect(expired).toMatchObject([[{ version: "1.0.0", requestedBy: "Cy" }, "0 of 1 approvals of 1.0.0"]]);
  expect(unwrap(await records.waiting())).toEqual([]);
  expect(await passApproval(work())).toMatchObject({ failure: { kind: "approval-missing" } });
  expect(unwrap(await records.waiting())).toMatchObject([{ expiresAt: clock.now() + hour }]);
});

test("B29: an expiry that cannot be recorded is not forgotten: the next run does it", async () => {
  await passApproval(work());
  await clock.advance(hour);
  const unreachable = {
    kind: "target-unreachable",
    environment: "production",
    reason: "",
    remedy: "",
  } as const;
  expect(await passApproval(work({}, { expired: async () => fail(unreachable) }))).toEqual(fail(unreachable));
  expect(await passApproval(work())).toMatchObject({ failure: { kind: "approval-expired" } });
});

test("other digests of the same version are asked for anew", async () => {
  await passApproval(work());
  await passApproval(work({}, { asked: { ...asked, digests: ["sha256:b"] } }));
  expect(unwrap(await records.waiting())).toMatchObject([{ digests: ["sha256:b"] }]);
});

test("a yes at the terminal counts where neither a signature nor four eyes are asked for, and only there", async () => {
  const ask = async () => true;
  expect(await passApproval(work({}, { ask }))).toMatchObject({ ok: false });
  expect(await passApproval(work({ signers: null }, { ask }))).toMatchObject({ ok: false });
  const plain = work({ signers: null, fourEyes: false }, { ask });
  expect(unwrap(await passApproval(plain)).approvals).toMatchObject([{ by: "Cy", how: "prompt" }]);
});

test("without a rule nothing is collected", async () => {
  const environment = sampleEnvironment("staging");
  expect(await approvalFacts(work(), environment, records, asked)).toEqual({
    ok: true,
    value: { wanted: asked, approvals: [], request: null },
  });
});
