import { expect, test } from "vitest";
import type { ApprovalRule } from "../../pipeline/config/config.ts";
import {
  type Approvable,
  type Approval,
  approvalGate,
  approvalMissing,
  refusal,
} from "../../pipeline/deploy/gates.ts";

const hour = 3_600_000;
const now = Date.parse("2026-03-02T09:00:00Z");

const rule = (changes: Partial<ApprovalRule> = {}): ApprovalRule => ({
  required: 1,
  fourEyes: false,
  expiresMs: 4 * hour,
  signers: null,
  github: null,
  recorded: true,
  ...changes,
});

const wanted: Approvable = {
  app: "quotes",
  environment: "production",
  version: "1.0.0",
  digests: ["sha256:a", "sha256:b"],
};

const approval = (changes: Partial<Approval> = {}): Approval => ({
  format: 1,
  ...{ app: "quotes", environment: "production", version: "1.0.0", digests: ["sha256:a", "sha256:b"] },
  by: "bob@example.com",
  at: now - hour,
  expiresAt: now + hour,
  how: "recorded",
  ...changes,
});

const signed = (changes: Partial<Approval> = {}): Approval => approval({ how: "signed", ...changes });

test.each<[string, Approval[], Partial<ApprovalRule>, boolean]>([
  ["one that fits", [approval({ digests: ["sha256:b", "sha256:a"] })], {}, true],
  ["none", [], {}, false],
  ["one of another version", [approval({ version: "1.0.1" })], {}, false],
  ["one of another environment", [approval({ environment: "staging" })], {}, false],
  ["one of another app", [approval({ app: "orders" })], {}, false],
  ["the same person twice", [approval(), approval({ at: now - 1 })], { required: 2 }, false],
  ["two persons", [approval(), approval({ by: "cy@example.com" })], { required: 2 }, true],
  [
    "two keys of one person under different names that share one",
    [signed({ by: "bob", names: ["bob", "Bob@example.com"] }), signed({ names: ["bob@example.com"] })],
    { required: 2, signers: "signers", recorded: false },
    false,
  ],
])("an approval gate with %s: pass is decided by different persons", (_, approvals, changes, pass) => {
  expect(approvalGate(rule(changes), wanted, approvals, now).pass).toBe(pass);
});

test("where no approval is asked for, the gate passes", () => {
  expect(approvalGate(null, wanted, [], now)).toEqual({
    pass: true,
    reason: "no approval is asked for",
    approvals: [],
    refused: [],
  });
});

const asked = { ...wanted, requesters: ["ada", "ada@example.com"] };
const fourEyes = "four eyes are asked for, and whoever asks for a release does not approve it";

test.each<[string, Approval, Partial<ApprovalRule>, Approvable, string | null]>([
  ["that fits", approval(), {}, wanted, null],
  ["B29: that expired", approval({ expiresAt: now }), {}, wanted, "it expired at 2026-03-02T09:00:00.000Z"],
  ["for other digests", approval({ digests: ["sha256:a"] }), {}, wanted, "it is for other digests"],
  [
    "that claims more time than there is",
    signed({ expiresAt: now + 5 * hour }),
    {},
    wanted,
    "it claims to be good until 2026-03-02T14:00:00.000Z, longer than the environment allows",
  ],
  ["by a clock that is a minute ahead", signed({ expiresAt: now + 4 * hour + 60_000 }), {}, wanted, null],
  ["without a signature", approval(), { signers: "signers", recorded: false }, wanted, "it is not signed"],
  [
    "that somebody only said, where GitHub's reviewers approve",
    approval(),
    { github: "production", recorded: false },
    wanted,
    "it is not given by GitHub's reviewers",
  ],
  [
    "of GitHub's reviewers",
    approval({ how: "github" }),
    { github: "production", recorded: false },
    wanted,
    null,
  ],
  [
    "of GitHub's reviewers where nobody asked for them",
    approval({ how: "github" }),
    { signers: "signers", recorded: false },
    wanted,
    "GitHub's reviewers do not approve here",
  ],
  ["whose signature is wrong", signed({ problem: "it was forged" }), {}, wanted, "it was forged"],
  ["B45: by the requester", approval({ by: "ada@example.com" }), { fourEyes: true }, asked, fourEyes],
  ["B45: by the requester in capitals", approval({ by: " Ada " }), { fourEyes: true }, asked, fourEyes],
  [
    "B45: by another name of the requester's key",
    signed({ by: "first", names: ["first", "ada"] }),
    { fourEyes: true },
    asked,
    fourEyes,
  ],
  ["by somebody else", approval(), { fourEyes: true }, asked, null],
  ["by the requester where two eyes are enough", approval({ by: "ada" }), {}, asked, null],
  [
    "where it is not known who asked",
    approval(),
    { fourEyes: true },
    wanted,
    "four eyes are asked for, and it is not known who asked for the release",
  ],
])("an approval %s is judged with its reason", (_, one, changes, about, reason) => {
  expect(refusal(rule(changes), about, one, now)).toBe(reason);
});

test("the gate names who approved and each record that it refused", () => {
  const old = approval({ by: "cy@example.com", expiresAt: now - 1, file: "approval-2.json" });
  expect(approvalGate(rule({ required: 2 }), wanted, [approval(), old], now)).toEqual({
    pass: false,
    reason: "1 of 2 approvals of 1.0.0, 1 refused",
    approvals: [{ by: "bob@example.com", at: now - hour, how: "recorded" }],
    refused: [
      {
        by: "cy@example.com",
        file: "approval-2.json",
        reason: "it expired at 2026-03-02T08:59:59.999Z",
      },
    ],
  });
});

test("where GitHub's reviewers alone approve, what is missing says whose", () => {
  const own = rule({ github: "live", recorded: false });
  const gate = approvalGate(own, wanted, [], now);
  expect(approvalMissing(wanted, gate, own)).toMatchObject({ reviewers: "live" });
  expect(approvalMissing(wanted, gate, rule())).not.toHaveProperty("reviewers");
});

test("what is missing is told with what was given and what was refused", () => {
  const own = approval({ by: "ada", file: "approval-1.json" });
  const gate = approvalGate(rule({ required: 2, fourEyes: true }), asked, [own, approval()], now);
  expect(approvalMissing(asked, gate, rule())).toEqual({
    kind: "approval-missing",
    environment: "production",
    version: "1.0.0",
    digests: ["sha256:a", "sha256:b"],
    command: "bellwether approve production 1.0.0",
    given: "1 of 2 approvals of 1.0.0, 1 refused",
    refused: [`ada (approval-1.json): ${fourEyes}`],
  });
});
